package dev.microtome.quant;

import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One tensor made of several, all of them put on one grid first, and the result on another.
public abstract sealed class QuantCombination<I> extends QuantLayer<I>
    permits QuantEltwiseAdd, QuantCat {
  private final PairSettings settings;
  private final @Nullable ActQuant inputQuant;
  private final @Nullable ActQuant outputQuant;

  QuantCombination(PairSettings settings) {
    super(settings.returnQuantTensor());
    this.settings = settings;
    inputQuant = liveChild("input_quant", settings.input());
    outputQuant = liveChild("output_quant", settings.output());
  }

  /// The tensors to combine, in the order they are quantized in.
  abstract List<Tensor> operands(I in);

  /// What becomes of them once they are on one grid.
  abstract Tensor combined(List<Tensor> operands, I in);

  @Override
  protected final Tensor forward(I in) {
    List<Tensor> operands = operands(in);
    operands.forEach(x -> LiveQuantizer.needFinite(this, QuantTensor.valueOf(x)));
    Tensor y = combined(operands.stream().map(x -> onGrid(inputQuant, x)).toList(), in);
    return packed(
        onGrid(outputQuant, y), ": quantize all its operands, or give it an output quantizer");
  }

  public final @Nullable ActQuant inputQuant() {
    return inputQuant;
  }

  public final @Nullable ActQuant outputQuant() {
    return outputQuant;
  }

  final PairSettings settings() {
    return settings;
  }
}
