package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;

/// A table of vectors, looked up by whole numbers: indices of any shape in, that shape with the
/// width appended out. Rows begin as standard normal numbers.
public final class Embedding extends Layer<Tensor, Tensor> {
  private static final long NO_PADDING = -1;

  private final long count;
  private final long width;
  private final long paddingIndex;
  private final TensorSlot weight;

  public Embedding(long count, long width) {
    this(count, width, NO_PADDING);
  }

  /// The row of `paddingIndex` begins as zeros and gets no gradient; a negative one counts from the
  /// end in PyTorch, here it must be `count + index`.
  public Embedding(long count, long width, long paddingIndex) {
    this.count = Check.positive("num_embeddings", count);
    this.width = Check.positive("embedding_dim", width);
    if (paddingIndex != NO_PADDING && (paddingIndex < 0 || paddingIndex >= count)) {
      throw new IllegalArgumentException(
          "padding_idx must be within 0 and %d, got %d".formatted(count - 1, paddingIndex));
    }
    this.paddingIndex = paddingIndex;
    Tensor table = Init.normal_(Tensor.empty(count, width), 0, 1);
    if (paddingIndex != NO_PADDING) {
      table.select(0, paddingIndex).zero_();
    }
    weight = parameter("weight", table);
  }

  @Override
  protected Tensor forward(Tensor indices) {
    return Ops.tensor("aten::embedding", weight.get(), indices, paddingIndex);
  }

  /// The table, (count, width).
  public Tensor weight() {
    return weight.get();
  }

  /// Number of rows.
  public long count() {
    return count;
  }

  public long width() {
    return width;
  }

  /// The row that is not trained, −1 when all are.
  public long paddingIndex() {
    return paddingIndex;
  }

  @Override
  protected Embedding twin() {
    return new Embedding(count, width, paddingIndex);
  }

  @Override
  protected String describe() {
    return count
        + ", "
        + width
        + (paddingIndex == NO_PADDING ? "" : ", padding_idx=" + paddingIndex);
  }
}
