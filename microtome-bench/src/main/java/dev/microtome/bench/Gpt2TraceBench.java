package dev.microtome.bench;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.Gpt2;
import dev.microtome.models.Gpt2Config;
import dev.microtome.nn.Hook;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.trace.Model;
import java.util.ArrayList;
import java.util.List;

/// What saving the outputs of all twelve blocks costs at GPT-2-small shape: 124 M random weights,
/// one row of eight tokens.
final class Gpt2TraceBench implements Benchmark {
  @Override
  public String name() {
    return "trace-gpt2";
  }

  @Override
  public String about() {
    return "twelve block outputs saved at GPT-2-small shape, over a bare run";
  }

  @Override
  public List<Figure> run() {
    Torch.threads(1);
    var network = new Gpt2(Gpt2Config.of(50257, 1024, 768, 12, 12));
    network.eval();
    network.freeze();
    return Grad.off(() -> measure(network));
  }

  private static List<Figure> measure(Gpt2 network) {
    var input = new CausalNetwork.Input(Tensor.randint(network.vocabulary(), 1, 8));
    var saveAll = Model.of(network).record(input, t -> outputs(network, t));
    var rounds =
        Rounds.of("bare", () -> Scope.run(() -> network.apply(input)))
            .and("hooks", () -> Scope.run(() -> hooked(network, input)))
            .and("saved", () -> Scope.run(() -> saveAll.run(input)))
            .measure(2, 41);
    var bare = rounds.time("bare").map(micros -> micros / 1e3);
    return List.of(
        new Figure("trace-gpt2", "bare run, 124 M weights, 1x8 tokens", bare, "ms", null),
        percent(rounds, "hooks", "twelve raw hooks, over bare", null),
        percent(rounds, "saved", "twelve outputs saved by a trace, over bare", Figure.atMost(1)));
  }

  private static List<Tensor> outputs(Gpt2 network, dev.microtome.trace.Trace t) {
    return network.blocks().stream().map(block -> t.at(block).output()).toList();
  }

  private static List<Tensor> hooked(Gpt2 network, CausalNetwork.Input input) {
    var seen = new ArrayList<Tensor>();
    var hooks = new ArrayList<Hook>();
    for (Gpt2.Block block : network.blocks()) {
      hooks.add(
          block.onOutput((_, value) -> {
            seen.add((Tensor) value);
            return value;
          }));
    }
    network.apply(input);
    hooks.forEach(Hook::remove);
    return seen;
  }

  private static Figure percent(
      Rounds rounds,
      String piece,
      String words,
      Figure.@org.jspecify.annotations.Nullable Goal goal) {
    var extra = rounds.ratio(piece, "bare").map(ratio -> 100 * (ratio - 1));
    return new Figure("trace-gpt2", words, extra, "%", goal);
  }
}
