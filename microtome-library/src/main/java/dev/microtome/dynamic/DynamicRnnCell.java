package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.nn.RnnCell;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import java.util.Map;

/// A [RnnCell] with quantized weights: PyTorch's `torch.ao.nn.quantized.dynamic.RNNCell`.
public final class DynamicRnnCell extends Layer<RnnCell.Input, Tensor> implements DynamicLayer {
  private final PackedStep step;
  private final boolean relu;

  private DynamicRnnCell(PackedStep step, boolean relu) {
    this.step = step;
    this.relu = relu;
    eval();
  }

  /// The quantized form of a layer.
  ///
  /// @throws IllegalArgumentException when its weights hold NaN or infinity
  public static DynamicRnnCell of(RnnCell cell, DynamicConfig config, QuantizedEngine engine) {
    return new DynamicRnnCell(PackedStep.of(cell, config, engine), cell.isRelu());
  }

  @Override
  protected Tensor forward(RnnCell.Input in) {
    Tensor start = in.state() == null ? step.zeros(in.x()) : in.state();
    step.check(name(), in.x(), start);
    return Ops.tensor(
        relu
            ? "quantized::quantized_rnn_relu_cell_dynamic"
            : "quantized::quantized_rnn_tanh_cell_dynamic",
        in.x(),
        start,
        step.input().packed(),
        step.hidden().packed(),
        step.input().bias(),
        step.hidden().bias());
  }

  /// The quantized weights, `weight_ih` and `weight_hh`.
  public Map<String, Tensor> quantizedWeights() {
    return step.quantizedWeights();
  }

  @Override
  public Map<String, Object> pickledState() {
    return step.pickledState();
  }

  @Override
  public Map<String, Long> versions() {
    return Map.of("", 1L);
  }

  @Override
  public long bytes() {
    return step.bytes();
  }

  @Override
  protected DynamicRnnCell twin() {
    return new DynamicRnnCell(step, relu);
  }

  @Override
  protected String name() {
    return "DynamicQuantizedRNNCell";
  }

  @Override
  protected String describe() {
    return step.describe() + (relu ? ", nonlinearity=relu" : "");
  }
}
