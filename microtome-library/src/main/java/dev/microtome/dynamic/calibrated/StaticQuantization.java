package dev.microtome.dynamic.calibrated;

import dev.microtome.dynamic.Quantized;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.TorchException;
import java.util.Collection;

/// Weights and activations as whole numbers on grids that stay: PyTorch's static post-training
/// quantization, `prepare`, calibration and `convert` in one call.
///
/// ```java
/// var quantized = StaticQuantization.of(model, StaticSpec.DEFAULT, batches);
/// ```
///
/// The model itself is not changed. No stubs mark where whole numbers begin and end: quantized
/// layers that follow each other hand them on, everything else sees plain numbers.
public final class StaticQuantization {
  /// Is told how far a calibration is.
  @FunctionalInterface
  public interface Progress {
    /// `done` of `all` batches went through.
    void batches(int done, int all);
  }

  private StaticQuantization() {}

  /// The copy of `model` that `spec` describes, calibrated with `batches`.
  ///
  /// @throws CalibrationException when there is no data, the data holds NaN or infinity, or a layer
  ///   was not reached
  public static <I, L extends Layer<I, ?>> L of(
      L model, StaticSpec spec, Collection<? extends I> batches) {
    return apply(model, spec, batches, (_, _) -> {}).network();
  }

  /// The same with what became of each layer, telling its progress.
  public static <I, L extends Layer<I, ?>> Quantized<L> apply(
      L model, StaticSpec spec, Collection<? extends I> batches, Progress progress) {
    Calibration<L> calibration = prepare(model, spec);
    run(calibration, batches, progress);
    return calibration.convert();
  }

  /// A copy of `model` that watches its activations, to be run by hand.
  public static <L extends Layer<?, ?>> Calibration<L> prepare(L model, StaticSpec spec) {
    return new Calibration<>(model, spec);
  }

  /// Runs the watched copy on data, without gradients.
  ///
  /// @throws CalibrationException when there is no data or a batch is refused; it tells which
  public static <I, L extends Layer<I, ?>> void run(
      Calibration<L> calibration, Collection<? extends I> batches, Progress progress) {
    if (batches.isEmpty()) {
      throw new CalibrationException("", "there is no data to calibrate with");
    }
    int done = 0;
    for (I batch : batches) {
      one(calibration, batch, done);
      progress.batches(++done, batches.size());
    }
  }

  private static <I, L extends Layer<I, ?>> void one(Calibration<L> calibration, I batch, int at) {
    try {
      Grad.off(() -> Scope.run(() -> calibration.network().apply(batch)));
    } catch (CalibrationException refused) {
      throw new CalibrationException(
          refused.path(), "batch %d: %s".formatted(at, refused.getMessage()), refused);
    } catch (IllegalArgumentException | TorchException refused) {
      throw new CalibrationException(
          "", "batch %d can't be run: %s".formatted(at, refused.getMessage()), refused);
    }
  }
}
