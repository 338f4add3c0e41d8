package dev.microtome.dynamic;

import dev.microtome.nn.Gru;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// A [Gru] with quantized weights: PyTorch's `torch.ao.nn.quantized.dynamic.GRU`. As [DynamicLstm]
/// otherwise.
public final class DynamicGru extends DynamicLayer<Gru.Input, Gru.Output, PackedStack> {
  static final String OPERATION = "aten::quantized_gru.input";

  DynamicGru(PackedStack stack) {
    super(stack);
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
    Shape size = packed.checkInput(name(), in.x());
    if (in.x() instanceof ShapeOnly) {
      Tensor end = ShapeOnly.of(size, DType.FLOAT32);
      return new Gru.Output(Inputs.shapeOnly(in.x(), packed.outputWidth()), end);
    }
    Tensor start = in.state();
    if (start == null) {
      start = Tensor.zeros(size);
    } else if (in.x() instanceof DenseTensor) {
      PackedStack.checkState(name(), 0, start, size);
    }
    var settings = packed.settings();
    List<Tensor> results =
        Ops.list(
            "aten::quantized_gru",
            in.x(),
            start,
            packed.list(),
            true,
            settings.layers(),
            settings.dropout(),
            isTraining(),
            settings.bidirectional(),
            settings.batchFirst());
    return new Gru.Output(results.get(0), results.get(1));
  }

  @Override
  protected DynamicGru twin() {
    return new DynamicGru(packed);
  }

  @Override
  protected String name() {
    return "DynamicQuantizedGRU";
  }
}
