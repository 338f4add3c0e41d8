package dev.microtome.dynamic;

import dev.microtome.nn.Lstm;
import dev.microtome.nn.LstmCell;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// A [LstmCell] with quantized weights: PyTorch's `torch.ao.nn.quantized.dynamic.LSTMCell`.
public final class DynamicLstmCell extends DynamicLayer<LstmCell.Input, Lstm.State, PackedStep> {
  DynamicLstmCell(PackedStep step) {
    super(step);
  }

  /// The quantized form of a layer.
  ///
  /// @throws IllegalArgumentException when its weights hold NaN or infinity
  public static DynamicLstmCell of(LstmCell cell, DynamicConfig config, QuantizedEngine engine) {
    return new DynamicLstmCell(PackedStep.of(cell, config, engine));
  }

  @Override
  protected Lstm.State forward(LstmCell.Input in) {
    Lstm.State given = in.state();
    Lstm.State start =
        given == null ? new Lstm.State(packed.zeros(in.x()), packed.zeros(in.x())) : given;
    packed.check(name(), in.x(), start.h(), start.c());
    List<Tensor> results =
        Ops.list(
            "quantized::quantized_lstm_cell_dynamic",
            in.x(),
            List.of(start.h(), start.c()),
            packed.input().packed(),
            packed.hidden().packed(),
            packed.input().bias(),
            packed.hidden().bias());
    return new Lstm.State(results.get(0), results.get(1));
  }

  @Override
  protected DynamicLstmCell twin() {
    return new DynamicLstmCell(packed);
  }

  @Override
  protected String name() {
    return "DynamicQuantizedLSTMCell";
  }
}
