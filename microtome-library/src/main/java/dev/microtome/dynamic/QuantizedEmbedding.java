package dev.microtome.dynamic;

import dev.microtome.nn.Embedding;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.NativeObject;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// An [Embedding] whose rows are whole numbers of 8 or 4 bits, each row with its own scale and
/// offset; looked-up rows come out as float32. PyTorch's `torch.ao.nn.quantized.Embedding`.
public final class QuantizedEmbedding extends Layer<Tensor, Tensor> implements DynamicLayer {
  private final NativeObject packed;
  private final DynamicConfig config;
  private final long count;
  private final long width;

  private QuantizedEmbedding(NativeObject packed, DynamicConfig config, long count, long width) {
    this.packed = packed;
    this.config = config;
    this.count = count;
    this.width = width;
    eval();
  }

  /// The quantized form of a layer.
  ///
  /// @throws IllegalArgumentException for a config that is not for embeddings, or when the rows hold
  ///   NaN or infinity
  public static QuantizedEmbedding of(Embedding embedding, DynamicConfig config) {
    if (!config.isForEmbeddings()) {
      throw new IllegalArgumentException(
          "Embedding quantization is only supported with float_qparams_weight_only_qconfig:"
              + " QUINT8 or QUINT4X2, not "
              + config.dtype());
    }
    return Grad.off(
        () ->
            of(
                Scope.run(() -> WeightGrid.quantize("the table", embedding.weight(), config)),
                config));
  }

  /// A layer over rows that are quantized already.
  static QuantizedEmbedding of(Tensor quantized, DynamicConfig config) {
    Object packed = Ops.call("quantized::embedding_bag_prepack", quantized);
    return new QuantizedEmbedding(
        (NativeObject) Objects.requireNonNull(packed),
        config,
        quantized.size(0),
        quantized.size(1));
  }

  @Override
  protected Tensor forward(Tensor indices) {
    String kernel =
        config.dtype() == DType.QUINT8 ? "quantized::embedding_byte" : "quantized::embedding_4bit";
    if (indices.numel() > 0
        && (indices.min().itemLong() < 0 || indices.max().itemLong() >= count)) {
      throw new IllegalArgumentException(
          "%s has rows 0 to %d, but was asked for %d to %d"
              .formatted(name(), count - 1, indices.min().itemLong(), indices.max().itemLong()));
    }
    Tensor rows = Ops.tensor(kernel, packed, indices.reshape(-1).contiguous(), false);
    long[] shape = Arrays.copyOf(indices.shape().dims(), indices.dim() + 1);
    shape[shape.length - 1] = width;
    return rows.view(shape);
  }

  /// The rows as a quantized tensor.
  public Tensor quantizedWeight() {
    Object unpacked = Ops.call("quantized::embedding_bag_unpack", packed);
    return (Tensor) Objects.requireNonNull(unpacked);
  }

  /// Number of rows.
  public long count() {
    return count;
  }

  public long width() {
    return width;
  }

  @Override
  public Map<String, Object> pickledState() {
    var state = new LinkedHashMap<String, Object>();
    state.put("_packed_params.dtype", config.dtype());
    state.put("_packed_params._packed_weight", quantizedWeight());
    return state;
  }

  @Override
  public Map<String, Long> versions() {
    var versions = new LinkedHashMap<String, Long>();
    versions.put("", 1L);
    versions.put("_packed_params", 1L);
    return versions;
  }

  @Override
  public long bytes() {
    long row = config.dtype() == DType.QUINT8 ? width : (width + 1) / 2;
    return count * (row + 8); // scale and offset, float32 each
  }

  @Override
  protected QuantizedEmbedding twin() {
    return new QuantizedEmbedding(packed, config, count, width);
  }

  @Override
  protected String describe() {
    return "num_embeddings=%d, embedding_dim=%d, dtype=%s, qscheme=torch.per_channel_affine_float_qparams"
        .formatted(count, width, config.dtype());
  }
}
