package dev.microtome.quant;

import dev.microtome.tensor.Device;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The quantizer of an activation. Two layers may share one object: its statistics then come from
/// both.
public final class ActQuant extends LiveQuantizer implements Quantization {
  private boolean observing;

  public ActQuant(Quantizer quantizer) {
    this(quantizer, Lanes.ofActivation(quantizer.granularity()));
  }

  private ActQuant(Quantizer quantizer, Lanes lanes) {
    super(
        quantizer, lanes, LiveRange.ofActivation(quantizer, lanes), shift(quantizer, lanes), false);
  }

  private static @Nullable LiveZeroPoint shift(Quantizer quantizer, Lanes lanes) {
    return quantizer.zeroPoint() instanceof ZeroPoint.Shifted
        ? LiveZeroPoint.ofActivation(quantizer, lanes)
        : null;
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor value = QuantTensor.valueOf(x);
    if (!value.device().equals(Device.META)) {
      check(value);
      QuantTensor quantized = quantize(value).from(this);
      return observing ? value : quantized;
    }
    return observing ? value : inEvaluation().with(value.emptyLike());
  }

  private void check(Tensor x) {
    needReal(this, x);
    if (lanes().shape().rank() > 0) {
      int rank = lanes().shape().rank();
      int dim = lanes().channelDim();
      if (x.dim() != rank || x.size(dim) != lanes().shape().get(dim)) {
        throw new IllegalArgumentException(
            "%s has a scale per channel of shape %s, which does not fit an input %s"
                .formatted(where(), lanes().shape(), x.shape()));
      }
    }
    needFinite(this, x);
  }

  @Override
  List<Tensor> measured(Tensor x) {
    return List.of(x);
  }

  @Override
  Tensor signs(Tensor x, Tensor scale) {
    Tensor clipped = StraightThrough.bounded(x, scale.neg(), scale);
    return StraightThrough.binarySign(clipped).mul(scale);
  }

  @Override
  QuantTensor inEvaluation() {
    boolean before = isTraining();
    eval();
    try {
      return quantize(Tensor.zeros(lanes().shape()));
    } finally {
      train(before);
    }
  }

  /// Lets values pass unquantized while statistics are collected, without end and all batches
  /// alike.
  void observe(boolean on) {
    observing = on;
    calibrate(on);
  }

  @Override
  protected ActQuant twin() {
    return new ActQuant(quantizer());
  }
}
