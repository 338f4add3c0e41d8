package dev.microtome.dynamic;

import dev.microtome.nn.GruCell;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;

/// A [GruCell] with quantized weights: PyTorch's `torch.ao.nn.quantized.dynamic.GRUCell`.
public final class DynamicGruCell extends DynamicLayer<GruCell.Input, Tensor, PackedStep> {
  DynamicGruCell(PackedStep step) {
    super(step);
  }

  /// The quantized form of a layer.
  ///
  /// @throws IllegalArgumentException when its weights hold NaN or infinity
  public static DynamicGruCell of(GruCell cell, DynamicConfig config, QuantizedEngine engine) {
    return new DynamicGruCell(PackedStep.of(cell, config, engine));
  }

  @Override
  protected Tensor forward(GruCell.Input in) {
    Tensor start = in.state() == null ? packed.zeros(in.x()) : in.state();
    packed.check(name(), in.x(), start);
    return Ops.tensor(
        "quantized::quantized_gru_cell_dynamic",
        in.x(),
        start,
        packed.input().packed(),
        packed.hidden().packed(),
        packed.input().bias(),
        packed.hidden().bias());
  }

  @Override
  protected DynamicGruCell twin() {
    return new DynamicGruCell(packed);
  }

  @Override
  protected String name() {
    return "DynamicQuantizedGRUCell";
  }
}
