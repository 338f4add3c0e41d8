package dev.microtome.dynamic;

import dev.microtome.nn.Gru;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Map;

/// A [Gru] with quantized weights: PyTorch's `torch.ao.nn.quantized.dynamic.GRU`. As [DynamicLstm]
/// otherwise.
public final class DynamicGru extends Layer<Gru.Input, Gru.Output> implements DynamicLayer {
  static final String OPERATION = "aten::quantized_gru.input";

  private final PackedStack stack;

  DynamicGru(PackedStack stack) {
    this.stack = stack;
    eval();
  }

  /// The quantized form of a layer.
  ///
  /// @throws IllegalArgumentException when its weights hold NaN or infinity
  public static DynamicGru of(Gru gru, DynamicConfig config, QuantizedEngine engine) {
    var settings = gru.settings();
    var cells = PackedStack.cells(gru, settings, config, engine);
    return new DynamicGru(
        new PackedStack(OPERATION, gru.inputSize(), gru.hiddenSize(), settings, cells));
  }

  @Override
  protected Gru.Output forward(Gru.Input in) {
    Shape size = stack.checkInput(name(), in.x());
    if (in.x() instanceof ShapeOnly) {
      Tensor end = ShapeOnly.of(size, DType.FLOAT32);
      return new Gru.Output(Inputs.shapeOnly(in.x(), stack.outputWidth()), end);
    }
    Tensor start = in.state();
    if (start == null) {
      start = Tensor.zeros(size);
    } else if (in.x() instanceof DenseTensor) {
      PackedStack.checkState(name(), 0, start, size);
    }
    var settings = stack.settings();
    List<Tensor> results =
        Ops.list(
            "aten::quantized_gru",
            in.x(),
            start,
            stack.list(),
            true,
            settings.layers(),
            settings.dropout(),
            isTraining(),
            settings.bidirectional(),
            settings.batchFirst());
    return new Gru.Output(results.get(0), results.get(1));
  }

  PackedStack stack() {
    return stack;
  }

  /// The quantized weights by PyTorch's names, `weight_ih_l0` and so on.
  public Map<String, Tensor> quantizedWeights() {
    return stack.quantizedWeights();
  }

  @Override
  public Map<String, Object> pickledState() {
    return stack.pickledState();
  }

  @Override
  public Map<String, Long> versions() {
    return stack.versions();
  }

  @Override
  public long bytes() {
    return stack.bytes();
  }

  @Override
  protected DynamicGru twin() {
    return new DynamicGru(stack);
  }

  @Override
  protected String name() {
    return "DynamicQuantizedGRU";
  }

  @Override
  protected String describe() {
    return stack.describe();
  }
}
