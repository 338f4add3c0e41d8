package dev.microtome.dynamic;

import dev.microtome.tensor.DType;

/// How the weights of a layer are quantized.
///
/// @param dtype `QINT8` or `FLOAT16` for linear and recurrent layers, `QUINT8` or `QUINT4X2` for
///   embeddings, `INT8` for weights alone
/// @param perChannel one scale for each output row instead of one for the matrix
/// @param narrow whole numbers within ±127 rather than -128 to 127
/// @param bits of a weight
public record DynamicConfig(DType dtype, boolean perChannel, boolean narrow, int bits) {
  /// PyTorch's `default_dynamic_qconfig`.
  public static final DynamicConfig QINT8 = new DynamicConfig(DType.QINT8, false, false);

  /// PyTorch's `per_channel_dynamic_qconfig`.
  public static final DynamicConfig QINT8_PER_CHANNEL = new DynamicConfig(DType.QINT8, true, false);

  /// Whole numbers from -8 to 7, one scale a row, chosen for the least squared error. They run in
  /// the kernels for 8 bits; [PlainState] stores two a byte. PyTorch has no such config.
  public static final DynamicConfig QINT4 = new DynamicConfig(DType.QINT8, true, false, 4);

  /// PyTorch's `float16_dynamic_qconfig`: half-precision weights, computed in float32.
  public static final DynamicConfig FLOAT16 = new DynamicConfig(DType.FLOAT16, false, false);

  /// PyTorch's `float_qparams_weight_only_qconfig`: embeddings, one scale and offset a row.
  public static final DynamicConfig QUINT8 = new DynamicConfig(DType.QUINT8, true, false);

  /// PyTorch's `float_qparams_weight_only_qconfig_4bit`: two numbers a byte.
  public static final DynamicConfig QUINT4X2 = new DynamicConfig(DType.QUINT4X2, true, false);

  /// Weights alone, one scale a row, activations as they are; embeddings as [#QUINT8].
  public static final DynamicConfig WEIGHT_ONLY = new DynamicConfig(DType.INT8, true, false);

  public DynamicConfig {
    boolean embedding = dtype == DType.QUINT8 || dtype == DType.QUINT4X2;
    if (dtype != DType.QINT8 && dtype != DType.FLOAT16 && dtype != DType.INT8 && !embedding) {
      throw new IllegalArgumentException(
          "dynamic quantization knows qint8, float16, quint8 and quint4x2 weights, not " + dtype);
    }
    if (narrow && dtype != DType.QINT8) {
      throw new IllegalArgumentException("only qint8 weights can be kept within ±127");
    }
    boolean rows = embedding || dtype == DType.INT8;
    if (rows != perChannel && dtype != DType.QINT8) {
      throw new IllegalArgumentException(
          rows
              ? "embeddings and weights alone are quantized row by row"
              : "half-precision weights have no scales");
    }
    boolean four = dtype == DType.QINT8 && bits == 4 && perChannel && !narrow;
    if (bits != bits(dtype) && !four) {
      throw new IllegalArgumentException(
          "%s weights have %d bits, or 4 (qint8, row by row), not %d"
              .formatted(dtype, bits(dtype), bits));
    }
  }

  /// With as many bits as `dtype` has.
  public DynamicConfig(DType dtype, boolean perChannel, boolean narrow) {
    this(dtype, perChannel, narrow, bits(dtype));
  }

  private static int bits(DType dtype) {
    return dtype == DType.FLOAT16 ? 16 : dtype == DType.QUINT4X2 ? 4 : 8;
  }

  /// The config PyTorch takes for `dtype` when it is told nothing else.
  public static DynamicConfig of(DType dtype) {
    return switch (dtype) {
      case QINT8 -> QINT8;
      case FLOAT16 -> FLOAT16;
      case QUINT8 -> QUINT8;
      case QUINT4X2 -> QUINT4X2;
      default ->
          throw new IllegalArgumentException(
              "there is no dynamic quantization to %s; give qint8, float16, quint8 or quint4x2"
                  .formatted(dtype));
    };
  }

  /// Whether it is for embeddings.
  public boolean isForEmbeddings() {
    return dtype == DType.QUINT8 || dtype == DType.QUINT4X2;
  }

  /// Whether activations stay what they are.
  public boolean isWeightOnly() {
    return dtype == DType.INT8;
  }

  /// Whole numbers within ±127, PyTorch's `weight_observer_range_neg_127_to_127`.
  public DynamicConfig withNarrowRange() {
    return new DynamicConfig(dtype, perChannel, true);
  }
}
