package dev.microtome.dynamic;

import dev.microtome.nn.GruCell;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import java.util.Map;

/// A [GruCell] with quantized weights: PyTorch's `torch.ao.nn.quantized.dynamic.GRUCell`.
public final class DynamicGruCell extends Layer<GruCell.Input, Tensor> implements DynamicLayer {
  private final PackedStep step;

  private DynamicGruCell(PackedStep step) {
    this.step = step;

    eval();
  }

  /// The quantized form of a layer.
  ///
  /// @throws IllegalArgumentException when its weights hold NaN or infinity
  public static DynamicGruCell of(GruCell cell, DynamicConfig config, QuantizedEngine engine) {
    return new DynamicGruCell(PackedStep.of(cell, config, engine));
  }

  @Override
  protected Tensor forward(GruCell.Input in) {
    Tensor start = in.state() == null ? step.zeros(in.x()) : in.state();
    step.check(name(), in.x(), start);
    return Ops.tensor(
        "quantized::quantized_gru_cell_dynamic",
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
  protected DynamicGruCell twin() {
    return new DynamicGruCell(step);
  }

  @Override
  protected String name() {
    return "DynamicQuantizedGRUCell";
  }

  @Override
  protected String describe() {
    return step.describe();
  }
}
