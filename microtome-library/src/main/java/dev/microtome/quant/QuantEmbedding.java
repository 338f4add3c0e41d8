package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A table of vectors with a quantizer: whole numbers in, rows of (count, width) out.
public final class QuantEmbedding extends Layer<Tensor, Tensor> {
  private static final long NO_PADDING = -1;

  private final long count;
  private final long width;
  private final long padding;
  private final @Nullable WeightQuantization weightQuantization;
  private final boolean returning;
  private final TensorSlot weight;
  private final @Nullable WeightQuant weightQuant;

  /// With [Quantizers#Int8WeightPerTensorFloat].
  public QuantEmbedding(long count, long width) {
    this(count, width, NO_PADDING, Quantizers.Int8WeightPerTensorFloat, false);
  }

  /// @param padding the row that is not trained, −1 for none
  /// @param quantizer of the table; null for none
  /// @param returnQuantTensor whether the result tells its grid
  public QuantEmbedding(
      long count,
      long width,
      long padding,
      @Nullable WeightQuantization quantizer,
      boolean returnQuantTensor) {
    if (count < 1 || width < 1 || padding < NO_PADDING || padding >= count) {
      throw new IllegalArgumentException(
          "a table of %d rows of %d with padding row %d can't be".formatted(count, width, padding));
    }
    if (returnQuantTensor && quantizer == null) {
      throw new IllegalArgumentException(
          "Enable weight quantization to return QuantTensor\nA QuantEmbedding without a quantizer"
              + " has plain rows");
    }
    this.count = count;
    this.width = width;
    this.padding = padding;
    weightQuantization = quantizer;
    returning = returnQuantTensor;
    weight = parameter("weight", Tensor.randn(count, width));
    weightQuant =
        quantizer == null ? null : child("weight_quant", WeightQuant.live(quantizer, weight, 0));
  }

  @Override
  protected Tensor forward(Tensor indices) {
    Tensor table = quantWeight();
    Tensor rows =
        padding == NO_PADDING ? table.embedding(indices) : table.embedding(indices, padding);
    return returning ? QuantTensor.of(rows) : QuantTensor.valueOf(rows);
  }

  /// The table as the layer uses it.
  public Tensor quantWeight() {
    return weightQuant == null || !weightQuant.isEnabled()
        ? weight.get()
        : weightQuant.apply(weight.get());
  }

  public Tensor weight() {
    return weight.get();
  }

  public @Nullable WeightQuant weightQuant() {
    return weightQuant;
  }

  @Override
  protected QuantEmbedding twin() {
    Quantizer own =
        switch (weightQuantization) {
          case null -> null;
          case Quantizer quantizer -> quantizer;
          case WeightQuant live -> live.quantizer();
        };
    return new QuantEmbedding(count, width, padding, own, returning);
  }

  @Override
  protected String describe() {
    return "%d, %d%s".formatted(count, width, padding < 0 ? "" : ", padding_idx=" + padding);
  }
}
