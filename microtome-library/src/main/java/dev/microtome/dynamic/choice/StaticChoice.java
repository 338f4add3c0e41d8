package dev.microtome.dynamic.choice;

import dev.microtome.dynamic.calibrated.Calibration;
import dev.microtome.nn.Layer;
import org.jspecify.annotations.Nullable;

/// Weights and activations in 8 bits, on the grids a calibration has found. It is for the network
/// of the calibration and copies of it.
public record StaticChoice(Calibration<?> calibration) implements Choice {
  @Override
  public String name() {
    return "int8 static";
  }

  @Override
  public @Nullable Layer<?, ?> quantized(String path, Layer<?, ?> layer) {
    return calibration.paths().contains(path) ? calibration.layer(path) : null;
  }

  @Override
  public void connect(Layer<?, ?> network) {
    calibration.connect(network);
  }
}
