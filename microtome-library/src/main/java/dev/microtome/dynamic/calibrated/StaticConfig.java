package dev.microtome.dynamic.calibrated;

import dev.microtome.dynamic.observe.GridType;
import dev.microtome.dynamic.observe.HistogramObserver;
import dev.microtome.dynamic.observe.MinMaxObserver;
import dev.microtome.dynamic.observe.Observer;
import dev.microtome.tensor.DType;
import java.util.function.Supplier;

/// Which observers find the grids of a layer: PyTorch's `QConfig`.
///
/// @param activations make one for what a layer gets and one for what it gives; of `QUINT8`, with
///   one grid for everything
/// @param weights make one for the weight; of `QINT8`, its zero in the middle, one grid for
///   everything or one for each output (axis 0)
public record StaticConfig(Supplier<Observer> activations, Supplier<Observer> weights) {
  /// PyTorch's default on x86: activations in 7 bits by a histogram, which no engine can overflow;
  /// weights in 8 bits, a grid for each output.
  public static final StaticConfig DEFAULT =
      new StaticConfig(
          () -> new HistogramObserver(GridType.QUINT8.reduced()),
          () -> new MinMaxObserver(GridType.QINT8, 0));

  public StaticConfig {
    Observer activation = activations.get();
    if (activation.type().dtype() != DType.QUINT8 || activation.axis() >= 0) {
      throw new IllegalArgumentException(
          "kernels want activations of quint8 on one grid, this observer is for %s%s"
              .formatted(activation.type().dtype(), activation.axis() < 0 ? "" : " by channel"));
    }
    Observer weight = weights.get();
    GridType type = weight.type();
    if (type.dtype() != DType.QINT8 || type.zero() != GridType.Zero.MIDDLE || weight.axis() > 0) {
      throw new IllegalArgumentException(
          "kernels want weights of qint8 around zero, on one grid or one for each output (axis 0),"
              + " this observer is for %s, zero %s, axis %d"
                  .formatted(type.dtype(), type.zero(), weight.axis()));
    }
  }

  /// Other observers for activations.
  public StaticConfig withActivations(Supplier<Observer> observers) {
    return new StaticConfig(observers, weights);
  }

  /// Other observers for weights.
  public StaticConfig withWeights(Supplier<Observer> observers) {
    return new StaticConfig(activations, observers);
  }
}
