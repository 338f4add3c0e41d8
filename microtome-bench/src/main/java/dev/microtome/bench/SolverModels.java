package dev.microtome.bench;

import dev.microtome.lowbit.InputStatistics;
import dev.microtome.lowbit.LowBit;
import dev.microtome.models.Generated;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import tools.jackson.databind.json.JsonMapper;

/// What models keep when all linear layers but the head have few bits, by solver.
record SolverModels(String bench) {
  private static final int[] WIDTHS = {4, 3, 2};

  private record Fact(String text, String answer) {}

  /// Some tokens, of which those from `from` on are to be foreseen.
  @SuppressWarnings("ArrayRecordComponent")
  private record Asked(long[] ids, int from) {}

  private record Score(int known, double loss) {}

  private record Way(String name, UnaryOperator<LowBit> solver, InputStatistics inputs) {}

  /// The facts of the shipped model in groups of 16; a quarter of them is the calibration.
  List<Figure> facts() {
    LanguageModel<?> whole = LanguageModel.shipped();
    List<Asked> asked = facts(whole);
    List<Asked> some = new ArrayList<>();
    for (int i = 0; i < asked.size(); i += 4) {
      some.add(asked.get(i));
    }
    return compare("shipped model", LanguageModel::shipped, asked, some, 16, true);
  }

  /// What a model foresees of texts it wrote itself, in groups of 32; others are the calibration.
  List<Figure> texts(Path folder) {
    LanguageModel<?> whole = LanguageModel.load(folder);
    return compare(
        folder.getFileName().toString(),
        () -> LanguageModel.load(folder),
        written(whole, 0, 6),
        written(whole, 100, 8),
        32,
        false);
  }

  private List<Figure> compare(
      String model,
      Supplier<LanguageModel<?>> fresh,
      List<Asked> asked,
      List<Asked> calibration,
      int group,
      boolean facts) {
    LanguageModel<?> whole = fresh.get();
    var figures = new ArrayList<Figure>();
    add(figures, model + ", float32", score(whole, asked), facts);
    var rule = LinearPlaces.allButHead();
    var inputs =
        InputStatistics.withProducts(
            whole.network(), rule, () -> calibration.forEach(each -> logits(whole, each)));
    var squares = new InputStatistics(inputs.meanSquares());
    var ways =
        List.of(
            new Way("nearest", LowBit::nearest, InputStatistics.NONE),
            new Way("HQQ", LowBit::hqq, InputStatistics.NONE),
            new Way("least squares", LowBit::leastSquares, InputStatistics.NONE),
            new Way("least squares, inputs", LowBit::leastSquares, squares),
            new Way("compensated", LowBit::compensated, inputs));
    for (int bits : WIDTHS) {
      LanguageModel<?> symmetric = fresh.get();
      symmetric.loadWeights();
      LinearPlaces.of(symmetric.network(), rule)
          .values()
          .forEach(slot -> symmetric(slot, bits, group));
      String words = "%s, %d bit, nearest, symmetric".formatted(model, bits);
      add(figures, words, score(symmetric, asked), facts);
      for (Way way : ways) {
        LanguageModel<?> few = fresh.get();
        few.loadWeights();
        LowBit settings = way.solver().apply(LowBit.bits(bits).groupSize(group));
        LowBit.applyEach(
            few.network(), path -> rule.test(path) ? settings : null, fitting(way, group));
        add(figures, "%s, %d bit, %s".formatted(model, bits, way.name()), score(few, asked), facts);
      }
    }
    return figures;
  }

  /// Rounds a weight as plain integers do, from `-max |w|` to `max |w|` without a zero point: what
  /// others call RTN.
  private static void symmetric(Slot<Tensor, Tensor> slot, int bits, int group) {
    var layer = (LinearLike) slot.get();
    int highest = (1 << (bits - 1)) - 1;
    Tensor rounded =
        Grad.off(() -> {
          Tensor weight = layer.weight().detach();
          Tensor groups = weight.reshape(-1, group);
          Tensor scale = groups.abs().amax(1, true).div(highest);
          Tensor codes = groups.div(scale).round().clamp(-highest - 1, highest);
          return codes.mul(scale).reshape(weight.shape());
        });
    slot.set(layer.floatLayer(rounded));
  }

  /// Columns can make up for others only where groups lie within rows; else squares must do.
  private static InputStatistics fitting(Way way, int group) {
    var products = new LinkedHashMap<>(way.inputs().products());
    products.values().removeIf(each -> each.size(0) % group != 0);
    return new InputStatistics(way.inputs().meanSquares(), products);
  }

  private void add(List<Figure> figures, String words, Score score, boolean facts) {
    if (facts) {
      figures.add(new Figure(bench, words + ": facts known", score.known(), "", null, 0));
    }
    figures.add(new Figure(bench, words + ": loss", score.loss(), "nats", null, 0));
  }

  private static List<Asked> facts(LanguageModel<?> model) {
    try (InputStream json =
        Objects.requireNonNull(LanguageModel.class.getResourceAsStream("gpt2-facts/facts.json"))) {
      return Arrays.stream(new JsonMapper().readValue(json, Fact[].class))
          .map(fact -> {
            String prompt =
                fact.text().substring(0, fact.text().length() - fact.answer().length() - 1);
            return new Asked(model.encode(fact.text()), model.encode(prompt).length);
          })
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Asked> written(LanguageModel<?> model, int firstSeed, int count) {
    var texts = new ArrayList<Asked>();
    for (int seed = firstSeed; seed < firstSeed + count; seed++) {
      var options = new GenerationOptions().sample().seed(seed).maxNewTokens(200).minNewTokens(200);
      Generated generated = model.generate("Once upon a time", options);
      texts.add(new Asked(generated.sequence(), 1));
    }
    return texts;
  }

  private static Tensor logits(LanguageModel<?> model, Asked asked) {
    return model.run(model.input(asked.ids())).logits().squeeze(0);
  }

  /// A fact is known when each token of its answer is the likeliest of all.
  private static Score score(LanguageModel<?> model, List<Asked> all) {
    int known = 0;
    double loss = 0;
    long tokens = 0;
    for (Asked asked : all) {
      int count = asked.ids().length - asked.from();
      Tensor next = Tensor.of(asked.ids()).narrow(0, asked.from(), count);
      record One(boolean known, double loss) {}
      One one =
          Grad.off(() ->
              Scope.run(() -> {
                Tensor said = logits(model, asked).narrow(0, asked.from() - 1, count);
                Tensor likely = said.logSoftmax(-1).gather(1, next.unsqueeze(1));
                return new One(
                    Arrays.equals(said.argmax(-1).toLongs(), next.toLongs()), -likely.sum().item());
              }));
      known += one.known() ? 1 : 0;
      loss += one.loss();
      tokens += count;
    }
    return new Score(known, loss / tokens);
  }
}
