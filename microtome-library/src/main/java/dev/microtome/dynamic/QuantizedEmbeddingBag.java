package dev.microtome.dynamic;

import dev.microtome.nn.EmbeddingBag;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// An [EmbeddingBag] whose rows are whole numbers of 8 or 4 bits. Sums and means; the greatest
/// number of rows has no quantized kernel.
public final class QuantizedEmbeddingBag
    extends DynamicLayer<EmbeddingBag.Input, Tensor, QuantizedRows> {
  private final EmbeddingBag.Mode mode;

  private QuantizedEmbeddingBag(QuantizedRows rows, EmbeddingBag.Mode mode) {
    super(rows);
    this.mode = mode;
  }

  /// The quantized form of a layer.
  ///
  /// @throws IllegalArgumentException for a config that is not for embeddings, a mode that is
  ///   neither sum nor mean, or rows with NaN or infinity
  public static QuantizedEmbeddingBag of(EmbeddingBag bag, DynamicConfig config) {
    return of(QuantizedRows.of(bag.weight(), config), bag.mode());
  }

  static QuantizedEmbeddingBag of(QuantizedRows rows, EmbeddingBag.Mode mode) {
    if (mode == EmbeddingBag.Mode.MAX) {
      throw new IllegalArgumentException("bags of greatest numbers have no quantized kernel");
    }
    return new QuantizedEmbeddingBag(rows, mode);
  }

  @Override
  protected Tensor forward(EmbeddingBag.Input in) {
    packed.checkIndices(name(), in.indices());
    Tensor indices = in.indices().reshape(-1).contiguous();
    Tensor offsets = offsets(in);
    String kernel =
        packed.isBytes() ? "quantized::embedding_bag_byte" : "quantized::embedding_bag_4bit";
    Tensor sums = Ops.tensor(kernel, packed.packed(), indices, offsets);
    return mode == EmbeddingBag.Mode.SUM ? sums : sums.div(sizes(offsets, indices.numel()));
  }

  private Tensor offsets(EmbeddingBag.Input in) {
    Tensor given = in.offsets();
    if ((given == null) != (in.indices().dim() == 2)) {
      throw new IllegalArgumentException(
          "%s needs indices of one dimension with offsets, or of two without, got %s"
              .formatted(name(), in.indices().shape()));
    }
    if (given == null) {
      return Tensor.arange(in.indices().size(0)).mul(in.indices().size(1)).to(DType.INT64);
    }
    long[] begins = given.toLongs();
    for (int i = 0; i < begins.length; i++) {
      boolean sound = i == 0 ? begins[i] == 0 : begins[i] >= begins[i - 1];
      if (!sound || begins[i] > in.indices().numel()) {
        throw new IllegalArgumentException(
            "%s got offsets that do not rise from 0 to at most %d"
                .formatted(name(), in.indices().numel()));
      }
    }
    return given;
  }

  /// How many rows each bag has, at least 1: an empty bag's mean is zeros.
  private static Tensor sizes(Tensor offsets, long count) {
    Tensor end = Tensor.full(new Shape(1), count, DType.INT64);
    Tensor ends = Tensor.cat(List.of(offsets.narrow(0, 1, offsets.size(0) - 1), end), 0);
    return ends.sub(offsets).clamp(1, null).to(DType.FLOAT32).unsqueeze(1);
  }

  /// The rows as a quantized tensor.
  public Tensor quantizedWeight() {
    return packed.weight();
  }

  @Override
  protected QuantizedEmbeddingBag twin() {
    return new QuantizedEmbeddingBag(packed, mode);
  }
}
