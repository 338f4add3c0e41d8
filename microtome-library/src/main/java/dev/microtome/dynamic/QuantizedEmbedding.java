package dev.microtome.dynamic;

import dev.microtome.nn.Embedding;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;

/// An [Embedding] whose rows are whole numbers of 8 or 4 bits, each row with its own scale and
/// offset; looked-up rows come out as float32. PyTorch's `torch.ao.nn.quantized.Embedding`.
public final class QuantizedEmbedding extends DynamicLayer<Tensor, Tensor, QuantizedRows> {
  QuantizedEmbedding(QuantizedRows rows) {
    super(rows);
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
      return Inputs.shapeOnly(indices.unsqueeze(-1), packed.width());
    }
    packed.checkIndices(name(), indices);
    String kernel = packed.isBytes() ? "quantized::embedding_byte" : "quantized::embedding_4bit";
    Tensor found = Ops.tensor(kernel, packed.packed(), indices.reshape(-1).contiguous(), false);
    long[] shape = Arrays.copyOf(indices.shape().dims(), indices.dim() + 1);
    shape[shape.length - 1] = packed.width();
    return found.view(shape);
  }

  /// The rows as a quantized tensor.
  public Tensor quantizedWeight() {
    return packed.weight();
  }

  @Override
  protected QuantizedEmbedding twin() {
    return new QuantizedEmbedding(packed);
  }
}
