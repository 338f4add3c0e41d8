package dev.microtome.models.interpret;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.trace.Graph;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// A direction in the output of a layer that stands for something: what the mean of prompts that
/// have it has over the mean of prompts that have not (Turner et al. 2023, Rimsky et al. 2024).
/// Added to that output, it steers what the model says.
///
/// ```java
/// var french = SteeringVector.between(lm, block, List.of("Bonjour, …"), List.of("Hello, …"));
/// french.steer(lm, 4).generate("The weather", 20);
/// ```
///
/// @param layer the layer's path
/// @param direction (width)
public record SteeringVector(String layer, Tensor direction) {
  private static final String NAME = "steering_vector";
  private static final String LAYER = "layer";

  public SteeringVector {
    if (direction.dim() != 1) {
      throw new IllegalArgumentException(
          "a steering vector has one dimension, this one is " + direction.shape());
    }
  }

  /// The difference of means of a layer's output at the last tokens of two groups of prompts.
  public static SteeringVector between(
      LanguageModel<?> lm, Layer<?, Tensor> layer, List<String> toward, List<String> away) {
    if (toward.isEmpty() || away.isEmpty()) {
      throw new IllegalArgumentException("a steering vector needs prompts on both sides");
    }
    return Grad.off(() ->
        Scope.run(() -> {
          Tensor direction = mean(lm, layer, toward).sub(mean(lm, layer, away));
          return new SteeringVector(Depths.path(lm.network(), layer), direction);
        }));
  }

  // Prompts are padded on the left, so the last column is everybody's last token.
  private static Tensor mean(LanguageModel<?> lm, Layer<?, Tensor> layer, List<String> prompts) {
    Tensor last =
        lm.trace(
            prompts,
            t -> {
              t.stop();
              return t.at(layer).output().select(1, -1);
            });
    return last.mean(0L);
  }

  /// The model with `coefficient` times this direction added at every token of every run,
  /// generation included. It shares the weights of `lm`, which stays as it is, and keeps its edits;
  /// the edit itself is [LanguageModel#model]'s `edits()`, which can be saved.
  public <N extends CausalNetwork> LanguageModel<N> steer(LanguageModel<N> lm, double coefficient) {
    Tensor added = direction.mul(coefficient);
    Graph edits =
        lm.model()
            .edit(
                lm.input(0L),
                t -> {
                  var at = t.at(layer);
                  at.output(at.output().add(added));
                  return List.of(); // nothing to save
                })
            .edits();
    return lm.withEdits(edits);
  }

  /// Writes a safetensors file with the direction and the layer's path.
  public void save(Path file) {
    Safetensors.write(file, Map.of(NAME, direction), Map.of(LAYER, layer));
  }

  /// Reads what [#save] wrote.
  ///
  /// @throws IllegalArgumentException when the file holds something else
  public static SteeringVector load(Path file) {
    try (var stored = Safetensors.open(file)) {
      String layer = stored.metadata().get(LAYER);
      if (layer == null || !stored.names().contains(NAME)) {
        throw new IllegalArgumentException(
            "%s holds no steering vector: it needs a tensor \"%s\" and \"%s\" in its metadata"
                .formatted(file, NAME, LAYER));
      }
      return new SteeringVector(layer, stored.tensor(NAME).copy());
    }
  }
}
