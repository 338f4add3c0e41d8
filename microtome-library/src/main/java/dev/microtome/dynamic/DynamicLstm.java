package dev.microtome.dynamic;

import dev.microtome.nn.Lstm;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An [Lstm] with quantized weights: PyTorch's `torch.ao.nn.quantized.dynamic.LSTM`. Gates, states
/// and biases stay float32.
///
/// All inputs of a layer are projected in one go, with one grid for the whole sequence; the hidden
/// states step by step, with a grid for each. So a sequence in one call and in several differ a
/// little. Where no engine was asked for, sequences of few rows go through loops of our own.
public final class DynamicLstm extends DynamicLayer<Lstm.Input, Lstm.Output, PackedStack> {
  static final String OPERATION = "aten::quantized_lstm.input";

  private final @Nullable LstmLoops loops;

  private DynamicLstm(PackedStack stack, @Nullable LstmLoops loops) {
    super(stack);
    this.loops = loops;
  }

  /// @param own whether loops of our own may take the steps of few rows
  DynamicLstm(PackedStack stack, boolean own) {
    this(stack, own ? LstmLoops.of(stack) : null);
  }

  /// The quantized form of a layer, in whatever is fastest here.
  ///
  /// @throws IllegalArgumentException when it projects its outputs, or its weights hold NaN or
  ///   infinity
  public static DynamicLstm of(Lstm lstm, DynamicConfig config) {
    var engine = new EngineChoice(null).recurrent(lstm.hiddenSize(), lstm.inputSize(), config);
    return of(lstm, config, engine, true);
  }

  /// The quantized form of a layer, in libtorch's kernels on an engine.
  ///
  /// @throws IllegalArgumentException when it projects its outputs, or its weights hold NaN or
  ///   infinity
  public static DynamicLstm of(Lstm lstm, DynamicConfig config, QuantizedEngine engine) {
    return of(lstm, config, engine, false);
  }

  static DynamicLstm of(Lstm lstm, DynamicConfig config, QuantizedEngine engine, boolean own) {
    var settings = lstm.settings();
    if (settings.projection() > 0) {
      throw new IllegalArgumentException("an LSTM that projects its outputs has no quantized form");
    }
    var cells = PackedStack.cells(lstm, settings, config, engine);
    return new DynamicLstm(
        new PackedStack(OPERATION, lstm.inputSize(), lstm.hiddenSize(), settings, cells), own);
  }

  @Override
  protected Lstm.Output forward(Lstm.Input in) {
    Shape size = packed.checkInput(name(), in.x());
    if (in.x() instanceof ShapeOnly) {
      Lstm.State end =
          new Lstm.State(ShapeOnly.of(size, DType.FLOAT32), ShapeOnly.of(size, DType.FLOAT32));
      return new Lstm.Output(Inputs.shapeOnly(in.x(), packed.outputWidth()), end);
    }
    Lstm.State start = in.state();
    if (start == null) {
      start = new Lstm.State(Tensor.zeros(size), Tensor.zeros(size));
    } else if (in.x() instanceof DenseTensor) {
      PackedStack.checkState(name(), 0, start.h(), size);
      PackedStack.checkState(name(), 1, start.c(), size);
    }
    boolean drops = isTraining() && packed.settings().dropout() > 0;
    return loops != null && !drops && loops.take(in.x(), start)
        ? loops.run(in.x(), start)
        : byLibtorch(in.x(), start);
  }

  private Lstm.Output byLibtorch(Tensor x, Lstm.State start) {
    var settings = packed.settings();
    List<Tensor> results =
        Ops.list(
            "aten::quantized_lstm",
            x,
            List.of(start.h(), start.c()),
            packed.list(),
            true,
            settings.layers(),
            settings.dropout(),
            isTraining(),
            settings.bidirectional(),
            settings.batchFirst(),
            packed.isHalf() ? DType.FLOAT16 : DType.QINT8,
            true);
    return new Lstm.Output(results.get(0), new Lstm.State(results.get(1), results.get(2)));
  }

  @Override
  protected DynamicLstm twin() {
    return new DynamicLstm(packed, loops);
  }

  @Override
  protected String name() {
    return "DynamicQuantizedLSTM";
  }
}
