package dev.microtome.dynamic;

import dev.microtome.nn.RnnCell;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;

/// A [RnnCell] with quantized weights: PyTorch's `torch.ao.nn.quantized.dynamic.RNNCell`.
public final class DynamicRnnCell extends DynamicLayer<RnnCell.Input, Tensor, PackedStep> {
  private final boolean relu;

  DynamicRnnCell(PackedStep step, boolean relu) {
    super(step);
    this.relu = relu;
  }

  /// The quantized form of a layer.
  ///
  /// @throws IllegalArgumentException when its weights hold NaN or infinity
  public static DynamicRnnCell of(RnnCell cell, DynamicConfig config, QuantizedEngine engine) {
    return new DynamicRnnCell(PackedStep.of(cell, config, engine), cell.isRelu());
  }

  @Override
  protected Tensor forward(RnnCell.Input in) {
    Tensor start = in.state() == null ? packed.zeros(in.x()) : in.state();
    packed.check(name(), in.x(), start);
    return Ops.tensor(
        relu
            ? "quantized::quantized_rnn_relu_cell_dynamic"
            : "quantized::quantized_rnn_tanh_cell_dynamic",
        in.x(),
        start,
        packed.input().packed(),
        packed.hidden().packed(),
        packed.input().bias(),
        packed.hidden().bias());
  }

  @Override
  protected DynamicRnnCell twin() {
    return new DynamicRnnCell(packed, relu);
  }

  @Override
  protected String name() {
    return "DynamicQuantizedRNNCell";
  }

  @Override
  protected String describe() {
    return super.describe() + (relu ? ", nonlinearity=relu" : "");
  }
}
