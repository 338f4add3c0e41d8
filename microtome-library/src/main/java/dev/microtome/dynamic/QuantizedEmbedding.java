package dev.microtome.dynamic;

import dev.microtome.nn.Embedding;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/// An [Embedding] whose rows are whole numbers of 8 or 4 bits, each row with its own scale and
/// offset; looked-up rows come out as float32. PyTorch's `torch.ao.nn.quantized.Embedding`.
public final class QuantizedEmbedding extends Layer<Tensor, Tensor> implements DynamicLayer {
  private final QuantizedRows rows;

  QuantizedEmbedding(QuantizedRows rows) {
    this.rows = rows;
    eval();
  }

  /// The quantized form of a layer.
  ///
  /// @throws IllegalArgumentException for a config that is not for embeddings, or when the rows
  ///   hold NaN or infinity
  public static QuantizedEmbedding of(Embedding embedding, DynamicConfig config) {
    return new QuantizedEmbedding(QuantizedRows.of(embedding.weight(), config));
  }

  @Override
  protected Tensor forward(Tensor indices) {
    if (indices instanceof ShapeOnly) {
      return Inputs.shapeOnly(indices.unsqueeze(-1), rows.width());
    }
    rows.checkIndices(name(), indices);
    String kernel = rows.isBytes() ? "quantized::embedding_byte" : "quantized::embedding_4bit";
    Tensor found = Ops.tensor(kernel, rows.packed(), indices.reshape(-1).contiguous(), false);
    long[] shape = Arrays.copyOf(indices.shape().dims(), indices.dim() + 1);
    shape[shape.length - 1] = rows.width();
    return found.view(shape);
  }

  /// The rows as a quantized tensor.
  public Tensor quantizedWeight() {
    return rows.weight();
  }

  @Override
  public Map<String, Object> pickledState() {
    return rows.pickledState();
  }

  @Override
  public Map<String, Long> versions() {
    return QuantizedRows.versions();
  }

  @Override
  public long bytes() {
    return rows.bytes();
  }

  @Override
  protected QuantizedEmbedding twin() {
    return new QuantizedEmbedding(rows);
  }

  @Override
  protected String describe() {
    return rows.describe();
  }
}
