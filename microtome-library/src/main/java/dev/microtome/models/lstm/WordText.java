package dev.microtome.models.lstm;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Text word by word: each drawn by the model's probabilities, sharpened or flattened by a
/// temperature.
///
/// ```java
/// WordText.generate(model, first, 1000, 1.0, word -> System.out.print(dictionary.word(word) + " "));
/// ```
public final class WordText {
  private WordText() {}

  /// Draws `count` words after `first`, none of which is `first` itself; `Torch.manualSeed` before
  /// it makes them repeatable. The model is left in evaluation mode.
  ///
  /// @throws IllegalStateException when the model's logits hold NaN
  public static void generate(
      Layer<LstmModel.Input, LstmModel.Output> model,
      long first,
      int count,
      double temperature,
      LongConsumer onWord) {
    if (!(temperature > 0) || Double.isInfinite(temperature)) {
      throw new IllegalArgumentException("a temperature is above 0, got " + temperature);
    }
    model.eval();
    Grad.off(() -> run(model, first, count, temperature, onWord));
  }

  private record Step(long word, Lstm.State state) {}

  private static void run(
      Layer<LstmModel.Input, LstmModel.Output> model,
      long first,
      int count,
      double temperature,
      LongConsumer onWord) {
    long word = first;
    Lstm.State state = null;
    for (int i = 0; i < count; i++) {
      long given = word;
      Lstm.State before = state;
      Step step = Scope.run(() -> step(model, given, before, temperature));
      word = step.word();
      onWord.accept(word);
      if (before != null) {
        before.h().close();
        before.c().close();
      }
      state = step.state();
    }
  }

  private static Step step(
      Layer<LstmModel.Input, LstmModel.Output> model,
      long word,
      Lstm.@Nullable State state,
      double temperature) {
    Tensor input = Tensor.of(word).reshape(new Shape(1, 1).dims());
    var out = model.apply(new LstmModel.Input(input, state));
    Tensor logits = out.logits().reshape(-1).div(temperature);
    Tensor chances = logits.sub(logits.max()).exp(); // the same, without overflow
    return new Step(draw(chances, word), out.state());
  }

  /// A number drawn by chances that need not sum to 1. libtorch's `multinomial` draws one random
  /// number for each chance, this a single one.
  private static long draw(Tensor chances, long word) {
    Tensor upTo = chances.to(DType.FLOAT64).cumsum(0);
    double all = upTo.get(-1).item();
    if (!Double.isFinite(all)) {
      throw new IllegalStateException("the model's logits hold NaN after word " + word);
    }
    Tensor drawn = Tensor.rand(new Shape(1), DType.FLOAT64).mul(all);
    long found = Ops.tensor("aten::searchsorted", upTo, drawn, false, true).itemLong();
    return Math.min(found, chances.numel() - 1);
  }
}
