package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.LstmCell;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// A [LstmCell] with quantized weights: PyTorch's `torch.ao.nn.quantized.dynamic.LSTMCell`.
public final class DynamicLstmCell extends Layer<LstmCell.Input, Lstm.State>
    implements DynamicLayer {
  private final PackedStep step;

  private DynamicLstmCell(PackedStep step) {
    this.step = step;

    eval();
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
        given == null ? new Lstm.State(step.zeros(in.x()), step.zeros(in.x())) : given;
    step.check(name(), in.x(), start.h(), start.c());
    List<Tensor> results =
        Ops.list(
            "quantized::quantized_lstm_cell_dynamic",
            in.x(),
            List.of(start.h(), start.c()),
            step.input().packed(),
            step.hidden().packed(),
            step.input().bias(),
            step.hidden().bias());
    return new Lstm.State(results.get(0), results.get(1));
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
  protected DynamicLstmCell twin() {
    return new DynamicLstmCell(step);
  }

  @Override
  protected String name() {
    return "DynamicQuantizedLSTMCell";
  }

  @Override
  protected String describe() {
    return step.describe();
  }
}
