package dev.microtome.models.lstm;

import dev.microtome.nn.Lstm;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.FileDraft;
import dev.microtome.tensor.pickle.TorchFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a training stands: enough to go on as if it had never stopped.
///
/// @param epoch counted from 0
/// @param step the word of each column the next batch begins with
/// @param rate the learning rate
/// @param best the least validation loss so far, infinite before there is one
/// @param state carried from batch to batch
record TrainingState(int epoch, long step, double rate, double best, Lstm.@Nullable State state) {
  static TrainingState first(TrainingOptions options) {
    return new TrainingState(0, 0, options.rate(), Double.POSITIVE_INFINITY, null);
  }

  /// Writes it with the weights, in one step: a reader sees the whole or the one before.
  void write(Path file, LstmModel model, TrainingOptions options) {
    var all = new LinkedHashMap<String, @Nullable Object>();
    all.put("epoch", epoch);
    all.put("step", step);
    all.put("rate", rate);
    all.put("best", best);
    all.put("options", options.identity());
    all.put("h", state == null ? null : state.h());
    all.put("c", state == null ? null : state.c());
    all.put("model", new LinkedHashMap<>(model.stateDict()));
    TorchFile.write(file, all);
  }

  /// Reads it and gives `model` its weights; null when there is no such file.
  ///
  /// @throws IllegalArgumentException when it is another training's; then `model` was not changed
  static @Nullable TrainingState read(Path file, LstmModel model, TrainingOptions options) {
    FileDraft.clear(file);
    if (!Files.exists(file)) {
      return null;
    }
    try (var opened = TorchFile.open(file)) {
      if (!(opened.value() instanceof Map<?, ?> all)
          || !(all.get("epoch") instanceof Long epoch)
          || !(all.get("step") instanceof Long step)
          || !(all.get("rate") instanceof Double rate)
          || !(all.get("best") instanceof Double best)
          || !(all.get("model") instanceof Map<?, ?> weights)) {
        throw new IllegalArgumentException(
            file + " is no checkpoint of a training; remove it to begin anew");
      }
      checkSame(file, all.get("options"), options);
      load(file, model, weights);
      Lstm.State state =
          all.get("h") instanceof Tensor h && all.get("c") instanceof Tensor c
              ? new Lstm.State(h.copy(), c.copy())
              : null;
      return new TrainingState(Math.toIntExact(epoch), step, rate, best, state);
    }
  }

  private static void checkSame(Path file, @Nullable Object found, TrainingOptions options) {
    if (!(found instanceof Map<?, ?> there)) {
      throw new IllegalArgumentException(
          file + " does not say what it was trained with; begin anew in another folder");
    }
    options
        .identity()
        .forEach((name, value) -> {
          if (!value.equals(there.get(name))) {
            throw new IllegalArgumentException(
                "%s was written by a training with %s %s, not %s; go on with the same or begin anew in another folder"
                    .formatted(file, name, there.get(name), value));
          }
        });
  }

  private static void load(Path file, LstmModel model, Map<?, ?> weights) {
    try {
      model.load(tensors(weights));
    } catch (IllegalArgumentException misfit) {
      throw new IllegalArgumentException(
          "%s does not fit a model of %s: %s; begin anew in another folder"
              .formatted(file, model.config(), misfit.getMessage()),
          misfit);
    }
  }

  private static Map<String, Tensor> tensors(Map<?, ?> weights) {
    var tensors = new LinkedHashMap<String, Tensor>();
    weights.forEach((name, value) -> {
      if (value instanceof Tensor tensor) tensors.put(String.valueOf(name), tensor);
    });
    return tensors;
  }
}
