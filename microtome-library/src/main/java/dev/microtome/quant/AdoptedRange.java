package dev.microtome.quant;

import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// The range of a weight that is measured in the first call and learned from then on.
final class AdoptedRange extends LiveRange {
  private final Quantizer quantizer;
  private final Lanes lanes;
  private final TensorSlot value;
  private final TensorSlot adopted; // 1 once measured

  AdoptedRange(Quantizer quantizer, Lanes lanes) {
    super(quantizer);
    this.quantizer = quantizer;
    this.lanes = lanes;
    value = parameter("value", Tensor.ones(lanes.shape()));
    adopted = buffer("adopted", Tensor.scalar(0, DType.INT64));
  }

  @Override
  protected Tensor forward(Input in) {
    if (!isAdopted()) {
      set(bounded(in.statistic().get().detach()));
    }
    return scale(restriction().restricted(value.get()), in.threshold());
  }

  @Override
  Tensor scaleOf(Tensor statistic, Tensor threshold) {
    Tensor t = restriction().learned(bounded(statistic));
    return scale(restriction().restricted(t), threshold);
  }

  boolean isAdopted() {
    return adopted.get().itemLong() != 0;
  }

  @Override
  void set(Tensor range) {
    super.set(range);
    Grad.off(() -> adopted.get().fill_(1));
  }

  /// Takes over a learned value.
  void adopt(Tensor learned) {
    Grad.off(() -> {
      value.get().copy_(learned);
      adopted.get().fill_(1);
    });
  }

  /// Lets the next call measure again.
  void forget() {
    Grad.off(() -> adopted.get().fill_(0));
  }

  @Override
  TensorSlot learned() {
    return value;
  }

  @Override
  List<Tensor> state() {
    return List.of(value.get(), adopted.get());
  }

  @Override
  protected AdoptedRange twin() {
    return new AdoptedRange(quantizer, lanes);
  }

  @Override
  protected String describe() {
    return QuantizerText.adopted(quantizer.scaling()) + ", " + restriction();
  }
}
