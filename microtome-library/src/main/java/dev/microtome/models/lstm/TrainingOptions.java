package dev.microtome.models.lstm;

import java.util.LinkedHashMap;
import java.util.Map;

/// How an [LstmModel] is trained; the defaults are those of PyTorch's example.
///
/// @param epochs times to go through the text
/// @param rate first learning rate; a quarter of it after each epoch that did not get better
/// @param clip greatest norm of all gradients together
/// @param batch columns read side by side
/// @param length words read before a step
/// @param seed of dropout and first weights
/// @param interval steps between reports and checkpoints
public record TrainingOptions(
    int epochs, double rate, double clip, long batch, long length, long seed, int interval) {
  public static final TrainingOptions DEFAULT = new TrainingOptions(5, 20, 0.25, 20, 35, 1111, 200);

  public TrainingOptions {
    if (epochs < 1 || batch < 1 || length < 1 || interval < 1) {
      throw new IllegalArgumentException(
          "epochs, batch, length and interval must be at least 1, got %d, %d, %d, %d"
              .formatted(epochs, batch, length, interval));
    }
    if (!(rate > 0) || !(clip > 0)) {
      throw new IllegalArgumentException(
          "learning rate and clip must be above 0, got %s and %s".formatted(rate, clip));
    }
  }

  /// What a training that goes on must have been begun with; more epochs may follow.
  Map<String, Object> identity() {
    var all = new LinkedHashMap<String, Object>();
    all.put("rate", rate);
    all.put("clip", clip);
    all.put("columns", batch);
    all.put("length", length);
    all.put("seed", seed);
    all.put("interval", (long) interval);
    return all;
  }
}
