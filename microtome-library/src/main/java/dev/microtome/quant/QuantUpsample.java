package dev.microtome.quant;

import dev.microtome.nn.PythonFormat;
import dev.microtome.tensor.Tensor;

/// Makes images larger: the nearest pixel, or between pixels with the result rounded back to the
/// grid of the input.
public final class QuantUpsample extends QuantLayer<Tensor> {
  /// How new pixels are filled.
  public enum Mode {
    NEAREST,
    BILINEAR,
    /// Bilinear, corner pixels staying corner pixels.
    BILINEAR_CORNERS
  }

  private final double factor;
  private final Mode mode;

  public QuantUpsample(double factor) {
    this(factor, Mode.NEAREST);
  }

  public QuantUpsample(double factor, Mode mode) {
    super(true);
    if (!(factor > 0)) {
      throw new IllegalArgumentException("images can't grow by " + factor);
    }
    this.factor = factor;
    this.mode = mode;
  }

  @Override
  protected Tensor forward(Tensor x) {
    if (mode != Mode.NEAREST && !(x instanceof QuantTensor)) {
      throw new IllegalArgumentException(
          "Input scale factor required to interpolate correctly\n%s rounds to the grid of its input,"
                  .formatted(where())
              + " and got a plain tensor: let the layer before return QuantTensors");
    }
    Tensor value = QuantTensor.valueOf(x);
    long[] size = {(long) (value.size(2) * factor), (long) (value.size(3) * factor)};
    Tensor large =
        switch (mode) {
          case NEAREST -> value.interpolateNearest2d(size);
          case BILINEAR -> value.interpolateBilinear2d(size, false);
          case BILINEAR_CORNERS -> value.interpolateBilinear2d(size, true);
        };
    if (!(x instanceof QuantTensor grid)) {
      return large;
    }
    Tensor onGrid =
        mode == Mode.NEAREST
            ? large
            : StraightThrough.round(large.div(grid.scale())).mul(grid.scale());
    return returnsQuantTensor() ? grid.with(onGrid) : onGrid;
  }

  public Mode mode() {
    return mode;
  }

  @Override
  protected QuantUpsample twin() {
    return new QuantUpsample(factor, mode);
  }

  @Override
  protected String describe() {
    return "scale_factor=%s, mode=%s"
        .formatted(PythonFormat.of(factor), mode.name().toLowerCase(java.util.Locale.ROOT));
  }
}
