package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Sums, means or greatest numbers of rows of a table: each bag is a few indices.
public final class EmbeddingBag extends Layer<EmbeddingBag.Input, Tensor> {
  /// What becomes of the rows of a bag.
  public enum Mode {
    SUM(0),
    MEAN(1),
    MAX(2);

    private final int code; // libtorch's

    Mode(int code) {
      this.code = code;
    }
  }

  /// Indices, and where in them each bag begins; without offsets the indices are (bags, size).
  public record Input(Tensor indices, @Nullable Tensor offsets) {}

  private final long count;
  private final long width;
  private final Mode mode;
  private final TensorSlot weight;

  /// Means, PyTorch's default.
  public EmbeddingBag(long count, long width) {
    this(count, width, Mode.MEAN);
  }

  public EmbeddingBag(long count, long width, Mode mode) {
    this.count = Check.positive("num_embeddings", count);
    this.width = Check.positive("embedding_dim", width);
    this.mode = mode;
    weight = parameter("weight", Init.normal_(Tensor.empty(count, width), 0, 1));
  }

  @Override
  protected Tensor forward(Input in) {
    Tensor indices = in.indices();
    Tensor offsets = in.offsets();
    if ((offsets == null) != (indices.dim() == 2)) {
      throw new IllegalArgumentException(
          "%s needs indices of one dimension with offsets, or of two without, got %s"
              .formatted(LayerPaths.describe(this), indices.shape()));
    }
    Tensor begins =
        offsets == null
            ? Tensor.arange(indices.size(0)).mul(indices.size(1)).to(indices.dtype())
            : offsets;
    return Ops.list(
            "aten::embedding_bag",
            weight.get(),
            indices.reshape(-1),
            begins,
            false,
            mode.code,
            false,
            null)
        .getFirst();
  }

  /// The table, (count, width).
  public Tensor weight() {
    return weight.get();
  }

  public Mode mode() {
    return mode;
  }

  @Override
  protected EmbeddingBag twin() {
    return new EmbeddingBag(count, width, mode);
  }

  @Override
  protected String describe() {
    return "%d, %d, mode='%s'".formatted(count, width, mode.name().toLowerCase(Locale.ROOT));
  }
}
