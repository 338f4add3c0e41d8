package dev.microtome.quant;

import dev.microtome.nn.Init;
import dev.microtome.nn.Layer;
import dev.microtome.nn.PythonFormat;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Attention with several heads (Vaswani et al. 2017), all operands of matrix products quantized:
/// the projections' inputs, weights and biases, scaled queries, keys, values, and the weights after
/// the softmax.
public final class QuantMultiheadAttention
    extends Layer<QuantMultiheadAttention.Input, QuantMultiheadAttention.Output> {
  /// Queries (length, batch, width), keys and values (source, batch, width); with `mask` (length,
  /// source), true where a query must not look, or a number added to the scores.
  public record Input(Tensor query, Tensor key, Tensor value, @Nullable Tensor mask) {
    /// Attention of a sequence to itself.
    public static Input self(Tensor x) {
      return new Input(x, x, x, null);
    }
  }

  /// The result (length, batch, width), and the weights averaged over heads (batch, length,
  /// source).
  public record Output(Tensor x, Tensor weights) {}

  private final long width;
  private final long heads;
  private final boolean packed;
  private final WeightSettings projection;
  private final ActSettings signed;
  private final ActSettings unsigned;
  private final List<QuantLinear> projections;
  private final QuantLinear output;
  private final QuantIdentity queryQuant;
  private final QuantIdentity keyQuant;
  private final QuantIdentity valueQuant;
  private final QuantIdentity weightsQuant;

  /// 8 bits everywhere, one projection for queries, keys and values.
  public QuantMultiheadAttention(long width, long heads) {
    this(
        width,
        heads,
        true,
        WeightSettings.DEFAULT
            .withBias(Quantizers.Int32Bias)
            .withInput(Quantizers.Int8ActPerTensorFloat),
        ActSettings.of(Quantizers.Int8ActPerTensorFloat),
        ActSettings.of(Quantizers.Uint8ActPerTensorFloat));
  }

  /// @param packed one projection for queries, keys and values, which then are one tensor; else
  ///   three
  /// @param projection of all projections
  /// @param signed of scaled queries, keys and values
  /// @param unsigned of the weights after the softmax
  public QuantMultiheadAttention(
      long width,
      long heads,
      boolean packed,
      WeightSettings projection,
      ActSettings signed,
      ActSettings unsigned) {
    if (heads < 1 || width % heads != 0) {
      throw new IllegalArgumentException(
          "embed_dim must be divisible by num_heads\n%d numbers do not fall into %d heads"
              .formatted(width, heads));
    }
    this.width = width;
    this.heads = heads;
    this.packed = packed;
    this.projection = projection.alone();
    this.signed = signed.alone();
    this.unsigned = unsigned.alone();
    projections =
        packed
            ? List.of(projected("in_proj", 3 * width))
            : List.of(
                projected("q_proj", width), projected("k_proj", width), projected("v_proj", width));
    output = child("out_proj", new QuantLinear(width, width, this.projection));
    Init.zeros_(output.tensor("bias"));
    weightsQuant = child("attn_output_weights_quant", new QuantIdentity(this.unsigned));
    queryQuant = child("q_scaled_quant", new QuantIdentity(this.signed));
    keyQuant = child("k_transposed_quant", new QuantIdentity(this.signed));
    valueQuant = child("v_quant", new QuantIdentity(this.signed));
  }

  private QuantLinear projected(String name, long out) {
    QuantLinear linear = child(name, new QuantLinear(width, out, projection));
    Init.xavierUniform_(linear.weight());
    Init.zeros_(linear.tensor("bias"));
    return linear;
  }

  @Override
  protected Output forward(Input in) {
    check(in);
    List<Tensor> parts =
        packed
            ? projections.getFirst().apply(in.query()).chunk(3, -1)
            : List.of(
                projections.get(0).apply(in.query()),
                projections.get(1).apply(in.key()),
                projections.get(2).apply(in.value()));
    long batch = in.query().size(1);
    Tensor q = headed(parts.get(0), batch).div(Math.sqrt((double) width / heads));
    Tensor k = headed(parts.get(1), batch).transpose(-2, -1);
    Tensor v = headed(parts.get(2), batch);
    Tensor scores = queryQuant.apply(q).bmm(keyQuant.apply(k));
    Tensor weights = weightsQuant.apply(masked(scores, in.mask()).softmax(-1));
    Tensor mixed = QuantTensor.valueOf(weights).bmm(QuantTensor.valueOf(valueQuant.apply(v)));
    long length = in.query().size(0);
    Tensor joined = mixed.transpose(0, 1).contiguous().view(length, batch, width);
    Tensor averaged = QuantTensor.valueOf(weights).view(batch, heads, length, -1).sum(1).div(heads);
    return new Output(output.apply(joined), averaged);
  }

  // (batch · heads, length, width / heads)
  private Tensor headed(Tensor x, long batch) {
    return QuantTensor.valueOf(x)
        .contiguous()
        .view(x.size(0), batch * heads, width / heads)
        .transpose(0, 1);
  }

  private static Tensor masked(Tensor scores, @Nullable Tensor mask) {
    if (mask == null) {
      return scores;
    }
    return mask.dtype() == DType.BOOL
        ? scores.maskedFill(mask, Double.NEGATIVE_INFINITY)
        : scores.add(mask);
  }

  @SuppressWarnings("ReferenceEquality") // "the same tensor", not "equal"
  private void check(Input in) {
    if (packed && (in.query() != in.key() || in.key() != in.value())) {
      throw new IllegalArgumentException(
          "Packed in_proj is supported only for self-attention with k is v is q. Set"
              + " packed_in_proj=False.\n%s has one projection; build it with packed = false"
                  .formatted(where()));
    }
    for (Tensor x : List.of(in.query(), in.key(), in.value())) {
      if (x.dim() != 3 || x.size(2) != width) {
        throw new IllegalArgumentException(
            "%s needs (length, batch, %d), got %s".formatted(where(), width, x.shape()));
      }
    }
  }

  @Override
  protected QuantMultiheadAttention twin() {
    return new QuantMultiheadAttention(width, heads, packed, projection, signed, unsigned);
  }

  @Override
  protected String describe() {
    return "%d, %d%s".formatted(width, heads, packed ? "" : ", packed=" + PythonFormat.of(false));
  }
}
