package dev.microtome.bench;

import dev.microtome.lowbit.kernel.KernelWeight;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.global.torch;

/// Ways to multiply by one weight of `rows` outputs and `columns` inputs. Each owns copies of its
/// weight, more than the caches hold, and takes the next with every call: a model's layers are not
/// in the cache either.
final class LowBitContenders {
  static final int GROUP = 64;
  private static final long COLD = 100L << 20;

  private final long rows;
  private final long columns;
  private final Tensor weight;
  private final Map<Integer, Codes> codes = new HashMap<>();
  private final Map<Integer, List<KernelWeight>> kernels = new HashMap<>();
  private final Map<DType, List<Tensor>> whole = new HashMap<>();

  LowBitContenders(long rows, long columns) {
    this.rows = rows;
    this.columns = columns;
    weight = Tensor.randn(rows, columns).mul(0.02);
  }

  long rows() {
    return rows;
  }

  @Override
  public String toString() {
    return rows + "x" + columns;
  }

  /// Something that multiplies, and the bytes of one copy of its weight.
  record Contender(Runnable call, long bytes) {}

  /// Codes, scales and zeros of `weight`, rounded to the nearest code.
  record Codes(Tensor codes, Tensor scale, Tensor zero) {}

  private Codes codes(int bits) {
    return codes.computeIfAbsent(bits, this::quantized);
  }

  private List<KernelWeight> kernels(int bits) {
    return kernels.computeIfAbsent(
        bits,
        _ -> {
          var copies = new ArrayList<KernelWeight>();
          Codes codes = codes(bits);
          do {
            copies.add(KernelWeight.of(codes.codes(), codes.scale(), codes.zero(), bits));
          } while (copies.size() < copies(copies.getFirst().bytes()));
          return copies;
        });
  }

  private Codes quantized(int bits) {
    Tensor grouped = weight.reshape(rows, columns / GROUP, GROUP);
    Tensor low = grouped.amin(-1, true);
    Tensor scale = grouped.amax(-1, true).sub(low).div((1 << bits) - 1).to(DType.FLOAT16);
    Tensor step = scale.to(DType.FLOAT32);
    Tensor zero = low.neg().div(step).to(DType.FLOAT16);
    Tensor codes = grouped.div(step).add(zero.to(DType.FLOAT32)).round().clamp(0, (1 << bits) - 1);
    return new Codes(
        codes.to(DType.UINT8).reshape(rows, columns), scale.squeeze(-1), zero.squeeze(-1));
  }

  /// Calls `multiply` with one copy of the weight after the other.
  private static <W> Contender cold(List<W> copies, long bytes, Consumer<W> use) {
    int[] next = {0};
    return new Contender(
        () -> Scope.run(() -> use.accept(copies.get(next[0]++ % copies.size()))), bytes);
  }

  private static int copies(long bytes) {
    return (int) Math.max(2, COLD / bytes + 1);
  }

  private static List<Tensor> copies(Tensor weight) {
    long bytes = weight.numel() * weight.dtype().bytes();
    var copies = new ArrayList<Tensor>();
    for (int i = 0; i < copies(bytes); i++) {
      copies.add(weight.copy());
    }
    return copies;
  }

  /// libtorch's `linear` in `dtype`; `backward` for the product with dY instead.
  Contender linear(long batch, DType dtype, boolean backward) {
    Tensor x = Tensor.randn(batch, backward ? rows : columns).to(dtype);
    return cold(
        whole.computeIfAbsent(dtype, _ -> copies(weight.to(dtype))),
        weight.numel() * dtype.bytes(),
        each -> {
          // Not `linear`: for few rows that is a loop of our own.
          Tensor _ = backward ? x.mm(each) : x.mm(each.t());
        });
  }

  /// The same in float32, with libtorch allowed to choose oneDNN over BLAS.
  Contender oneDnn(long batch) {
    Contender plain = linear(batch, DType.FLOAT32, false);
    return new Contender(
        () -> {
          try (var medium = new BytePointer("medium");
              var highest = new BytePointer("highest")) {
            torch.globalContext().setFloat32MatmulPrecision(medium);
            plain.call().run();
            torch.globalContext().setFloat32MatmulPrecision(highest);
          }
        },
        plain.bytes());
  }

  /// Our kernels.
  Contender kernel(long batch, int bits, DType dtype, Precision precision, boolean backward) {
    Tensor x = Tensor.randn(batch, backward ? rows : columns).to(dtype);
    return cold(
        kernels(bits),
        kernels(bits).getFirst().bytes(),
        each -> {
          Tensor _ = backward ? each.gradient(x, precision) : each.linear(x, precision);
        });
  }

  /// Our kernels on one copy, which stays in the cache.
  Contender hot(long batch, int bits) {
    KernelWeight one = kernels(bits).getFirst();
    Tensor x = Tensor.randn(batch, columns);
    return cold(
        List.of(one),
        one.bytes(),
        each -> {
          Tensor _ = each.linear(x, Precision.FULL);
        });
  }

  /// The whole weight from its codes, then libtorch: what Python code without kernels does.
  Contender dequantize(long batch, int bits) {
    Codes codes = codes(bits);
    Tensor scale = codes.scale().to(DType.FLOAT32).unsqueeze(-1);
    Tensor zero = codes.zero().to(DType.FLOAT32).unsqueeze(-1);
    Tensor x = Tensor.randn(batch, columns);
    return cold(
        copies(codes.codes()),
        codes.codes().numel(),
        each -> {
          Tensor whole = each.to(DType.FLOAT32).reshape(rows, columns / GROUP, GROUP);
          Tensor _ = x.mm(whole.sub(zero).mul(scale).reshape(rows, columns).t());
        });
  }

  /// libtorch's weight-only kernel of 4 bits, bfloat16 activations.
  Contender int4(long batch) {
    Codes codes = codes(4);
    Tensor packed =
        Ops.tensor("aten::_convert_weight_to_int4pack_for_cpu", codes.codes().to(DType.INT32), 2);
    Tensor scale = codes.scale().to(DType.FLOAT32);
    // It computes (q - 8) · scale + zero.
    Tensor zero = codes.zero().to(DType.FLOAT32).neg().add(8).mul(scale);
    Tensor both = Tensor.stack(List.of(scale.t(), zero.t()), -1).to(DType.BFLOAT16).contiguous();
    Tensor x = Tensor.randn(batch, columns).to(DType.BFLOAT16);
    return cold(
        copies(packed),
        packed.numel() * packed.dtype().bytes() + both.numel() * 2,
        each -> {
          Tensor _ = Ops.tensor("aten::_weight_int4pack_mm_for_cpu", x, each, GROUP, both);
        });
  }

  /// libtorch's weight-only kernel of 8 bits, bfloat16 activations.
  Contender int8(long batch) {
    Tensor scale = weight.abs().amax(1, true).div(127);
    Tensor codes = weight.div(scale).round().to(DType.INT8);
    Tensor x = Tensor.randn(batch, columns).to(DType.BFLOAT16);
    Tensor scales = scale.squeeze(1).to(DType.BFLOAT16);
    return cold(
        copies(codes),
        codes.numel(),
        each -> {
          Tensor _ = Ops.tensor("aten::_weight_int8pack_mm", x, each, scales);
        });
  }

  /// libtorch's dynamic linear layer of 8 bits, activations quantized for each call.
  Contender int8Dynamic(long batch) {
    double scale = weight.abs().max().item() / 127;
    Tensor quantized = Ops.tensor("aten::quantize_per_tensor", weight, scale, 0, DType.QINT8);
    var packed = new ArrayList<Object>();
    for (int i = 0; i < copies(weight.numel()); i++) {
      packed.add(Ops.call("quantized::linear_prepack", quantized, null));
    }
    Tensor x = Tensor.randn(batch, columns);
    return cold(
        packed,
        weight.numel(),
        each -> {
          Tensor _ = Ops.tensor("quantized::linear_dynamic", x, each, false);
        });
  }
}
