package dev.microtome.bench;

import dev.microtome.models.GenerationOptions;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.PromptTrace;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.trace.Trace;
import java.util.ArrayList;
import java.util.List;

/// What looking inside costs on prompts, with the shipped model: several invokes in one run, the
/// steps of a generation, and a thousand prompts through a recorded trace. Everything is compared
/// with the same work without a trace in the same round.
final class PromptTraceBench implements Benchmark {
  private static final String BENCH = "trace-prompts";
  private static final List<String> INVOKED =
      List.of(
          "The Eiffel Tower is in the city of",
          "The Colosseum is in the city of",
          "The Louvre is in the city of",
          "Big Ben is in the city of");
  private static final int STEPS = 16;
  private static final int PROMPTS = 1000;

  private final LanguageModel<Gpt2> lm = LanguageModel.shipped();
  private final Gpt2.Block block = lm.network().blocks().get(1);

  @Override
  public String name() {
    return BENCH;
  }

  @Override
  public String about() {
    return "cost of invoke batches, traced generations and 1,000 prompts, shipped model";
  }

  @Override
  public List<Figure> run() {
    Torch.threads(1);
    var figures = new ArrayList<>(Grad.off(this::invokes));
    figures.addAll(generation());
    figures.addAll(Grad.off(this::prompts));
    return figures;
  }

  private List<Figure> invokes() {
    var together = lm.input(INVOKED);
    var rounds =
        Rounds.of("bare", () -> Scope.run(() -> lm.run(together)))
            .and(
                "batch",
                () ->
                    Scope.run(() ->
                        lm.traceBatch(batch ->
                            INVOKED.stream()
                                .map(prompt -> batch.invoke(prompt, this::output))
                                .toList())))
            .measure(5, 21);
    var extra = rounds.difference("batch", "bare").map(micros -> micros / INVOKED.size());
    var bare = rounds.time("bare");
    return List.of(
        new Figure(BENCH, "bare run of four prompts", bare, "us", null),
        new Figure(
            BENCH,
            "fresh trace of four invokes, one read each, over bare, an invoke",
            extra,
            "us",
            null));
  }

  private List<Figure> generation() {
    var options =
        new GenerationOptions().maxNewTokens(STEPS).greedy().stopTokens(); // never ends early
    String prompt = INVOKED.getFirst();
    var rounds =
        Rounds.of("plain", () -> lm.generate(prompt, options))
            .and("traced", () -> Scope.run(() -> lm.trace(prompt, options, this::outputs)))
            .measure(1, 21);
    var plain = rounds.time("plain").map(micros -> micros / STEPS);
    var extra = rounds.difference("traced", "plain").map(micros -> micros / STEPS);
    return List.of(
        new Figure(BENCH, "a step of a generation", plain, "us", null),
        new Figure(BENCH, "fresh trace, one read a step, over that, a step", extra, "us", null));
  }

  private List<Figure> prompts() {
    List<String> prompts =
        java.util.stream.IntStream.range(0, PROMPTS)
            .mapToObj(i -> INVOKED.get(i % INVOKED.size()) + " number " + i)
            .toList();
    PromptTrace<Tensor> recorded = lm.record(prompts.getFirst(), this::output);
    var rounds =
        Rounds.of("loop", () -> prompts.forEach(this::forward))
            .and(
                "one by one",
                () -> prompts.forEach(prompt -> Scope.run(() -> recorded.run(prompt))))
            .and("together", () -> recorded.runAll(prompts).forEach(Tensor::close))
            .measure(1, 3);
    var loop = rounds.time("loop").map(micros -> PROMPTS * 1e6 / micros);
    return List.of(
        new Figure(BENCH, "plain loop over 1,000 prompts", loop, "1/s", null),
        throughput(rounds, "one by one", "a recorded trace one by one, throughput over the loop"),
        throughput(rounds, "together", "a recorded trace over all, throughput over the loop"));
  }

  private static Figure throughput(Rounds rounds, String piece, String words) {
    var ratio = rounds.ratio("loop", piece);
    return new Figure(BENCH, words, ratio, "x", null);
  }

  private void forward(String prompt) {
    Scope.run(() -> lm.run(lm.input(prompt)));
  }

  private Tensor output(Trace t) {
    return t.at(block).output().get(":", -1);
  }

  private List<Tensor> outputs(Trace t) {
    return t.steps(0, STEPS, step -> output(step));
  }
}
