package dev.microtome.dynamic;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.NativeObject;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// A table whose rows are whole numbers of 8 or 4 bits, each with its own scale and offset, packed.
record QuantizedRows(NativeObject packed, DynamicConfig config, long count, long width)
    implements Packed {
  /// libtorch's kernels lose track of rows that end within a byte.
  static final String ODD = "rows of 4-bit numbers must have an even number of them";

  static QuantizedRows of(Tensor table, DynamicConfig config) {
    if (!config.isForEmbeddings()) {
      throw new IllegalArgumentException(
          "Embedding quantization is only supported with float_qparams_weight_only_qconfig:"
              + " QUINT8 or QUINT4X2, not "
              + config.dtype());
    }
    if (config.dtype() == DType.QUINT4X2 && table.size(1) % 2 == 1) {
      throw new IllegalArgumentException(ODD + ", not " + table.size(1));
    }
    return Grad.off(
        () -> pack(Scope.run(() -> WeightGrid.quantize("the table", table, config)), config));
  }

  /// Packs rows that are quantized already.
  static QuantizedRows pack(Tensor quantized, DynamicConfig config) {
    Object packed = Ops.call("quantized::embedding_bag_prepack", quantized);
    return new QuantizedRows(
        (NativeObject) Objects.requireNonNull(packed),
        config,
        quantized.size(0),
        quantized.size(1));
  }

  boolean isBytes() {
    return config.dtype() == DType.QUINT8;
  }

  /// The rows as a quantized tensor.
  Tensor weight() {
    return (Tensor) Objects.requireNonNull(Ops.call("quantized::embedding_bag_unpack", packed));
  }

  /// Kernels believe indices.
  void checkIndices(String layer, Tensor indices) {
    if (indices instanceof DenseTensor
        && indices.numel() > 0
        && (indices.min().itemLong() < 0 || indices.max().itemLong() >= count)) {
      throw new IllegalArgumentException(
          "%s has rows 0 to %d, but was asked for %d to %d"
              .formatted(layer, count - 1, indices.min().itemLong(), indices.max().itemLong()));
    }
  }

  @Override
  public Map<String, Tensor> quantizedWeights() {
    return Map.of("weight", weight());
  }

  @Override
  public Map<String, Object> pickledState() {
    var state = new LinkedHashMap<String, Object>();
    state.put("_packed_params.dtype", config.dtype());
    state.put("_packed_params._packed_weight", weight());
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
    long row = isBytes() ? width : (width + 1) / 2;
    return count * (row + 8); // scale and offset, float32 each
  }

  @Override
  public String describe() {
    return "num_embeddings=%d, embedding_dim=%d, dtype=%s, qscheme=torch.per_channel_affine_float_qparams"
        .formatted(count, width, config.dtype());
  }
}
