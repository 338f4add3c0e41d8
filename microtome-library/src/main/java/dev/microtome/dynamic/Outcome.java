package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import java.util.Map;

/// What became of one layer.
///
/// @param path where it is
/// @param kind its type as printed
/// @param quantized whether it was exchanged
/// @param reason the config and engine, or why it stayed as it was
/// @param bytes of its weights before, in float32 or whatever they were
/// @param bytesAfter of its weights as they are stored now
public record Outcome(
    String path, String kind, boolean quantized, String reason, long bytes, long bytesAfter) {
  /// A layer that stayed.
  public static Outcome left(String path, Layer<?, ?> layer, String reason) {
    long bytes = bytesOf(layer);
    return new Outcome(path, kindOf(layer), false, reason, bytes, bytes);
  }

  /// A layer that `next` takes the place of.
  public static Outcome put(String path, Layer<?, ?> layer, String how, Layer<?, ?> next) {
    return new Outcome(path, kindOf(layer), true, how, bytesOf(layer), bytesOf(next));
  }

  /// The type of a layer as it is printed.
  public static String kindOf(Layer<?, ?> layer) {
    String printed = layer.toString();
    int end = printed.indexOf('(');
    return end < 0 ? printed : printed.substring(0, end);
  }

  /// Bytes of a layer's own weights as they are stored, without those of the layers in it.
  public static long bytesOf(Layer<?, ?> layer) {
    long bytes = layer instanceof PackedWeights packed ? packed.storedBytes() : 0;
    for (Map.Entry<String, Tensor> entry : layer.stateDict().entrySet()) {
      boolean own = entry.getKey().indexOf('.') < 0;
      bytes += own ? entry.getValue().numel() * entry.getValue().dtype().bytes() : 0;
    }
    return bytes;
  }
}
