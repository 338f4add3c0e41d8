package dev.microtome.testkit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Reduction;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The arguments of sample calls, receiver first: by signature (`add(Tensor,Number)`), else by name
/// (`matmul`), else by parameter type.
final class SampleArguments {
  private static final Map<String, List<@Nullable Object>> TABLE = new HashMap<>();

  static {
    numbers();
    shapes();
    layers();
  }

  private SampleArguments() {}

  static @Nullable List<@Nullable Object> of(String signature, String name) {
    List<@Nullable Object> exact = TABLE.get(signature);
    return exact != null ? exact : TABLE.get(name);
  }

  static Object ofType(Class<?> type, String signature) {
    return switch (type.getSimpleName()) {
      case "Tensor" -> reals(3, 4);
      case "Number" -> 2;
      case "long" -> 1L;
      case "long[]" -> dims(1);
      case "boolean" -> true;
      case "double" -> 0.5;
      case "Shape" -> new Shape(2, 3);
      case "DType" -> DType.FLOAT64;
      case "Reduction" -> Reduction.SUM;
      case "List" -> List.of(reals(3, 4), reals(3, 4));
      default -> throw new AssertionError("no sample for " + signature + ": add it to the table");
    };
  }

  private static void put(String key, @Nullable Object... arguments) {
    TABLE.put(key, Arrays.<@Nullable Object>asList(arguments));
  }

  /// Different numbers of (0, 1).
  static Tensor reals(long... shape) {
    float[] numbers = new float[(int) new Shape(shape).numel()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (i * 37 % 89 + 1) / 91f;
    }
    return Tensor.from(numbers, shape);
  }

  /// Indices 0, 1 and 2; the first are different.
  private static Tensor wholes(long... shape) {
    long[] numbers = new long[(int) new Shape(shape).numel()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (i * 7L + 1) % 3;
    }
    return Tensor.from(numbers, shape);
  }

  private static Tensor flags(long... shape) {
    return wholes(shape).gt(0);
  }

  /// Symmetric and positive definite.
  private static Tensor square() {
    return Tensor.of(new float[][] {{4, 1, 0}, {1, 3, 1}, {0, 1, 2}});
  }

  private static long[] dims(long... dims) {
    return dims;
  }

  private static void numbers() {
    put("zeros(long[])", dims(2, 3));
    put("ones(long[])", dims(2, 3));
    put("empty(long[])", dims(2, 3));
    put("rand(long[])", dims(2, 3));
    put("randn(long[])", dims(2, 3));
    put("arange(Number)", 7);
    put("arange(Number,Number)", 2, 9.5);
    put("arange(Number,Number,Number)", 1.0, 2.0, 0.25);
    put("linspace", 0, 1, 5L);
    put("eye(long)", 3L);
    put("eye(long,long)", 3L, 4L);
    put("randint(long,long[])", 5L, dims(2, 3));
    put("randint(long,long,Shape)", 2L, 5L, new Shape(2, 3));
    put("randperm", 6L);
    put("randintLike", reals(3, 4), 9L);
    put("div(Tensor,String)", reals(3, 4), reals(4), "floor");
    put("div_(Tensor,String)", reals(3, 4), reals(4), "trunc");
    put("div(Number,String)", reals(3, 4), 0.3, "trunc");
    put("add(Tensor)", reals(3, 4), wholes(4));
    put("mul(Tensor)", wholes(3, 1), reals(4));
    put("sub(Tensor)", wholes(3, 4), wholes(3, 4));
    put("div(Tensor)", wholes(3, 4), wholes(3, 4));
    put("bitwiseAnd(Tensor)", wholes(3, 4), wholes(3, 4));
    put("bitwiseOr(Tensor)", wholes(3, 4), wholes(3, 4));
    put("bitwiseXor(Tensor)", wholes(3, 4), wholes(3, 4));
    put("bitwiseLeftShift(Tensor)", wholes(3, 4), wholes(3, 4));
    put("bitwiseRightShift(Tensor)", wholes(3, 4), wholes(3, 4));
    put("bitwiseAnd(Number)", wholes(3, 4), 2);
    put("bitwiseOr(Number)", wholes(3, 4), 2);
    put("bitwiseXor(Number)", wholes(3, 4), 2);
    put("bitwiseLeftShift(Number)", wholes(3, 4), 2);
    put("bitwiseRightShift(Number)", wholes(3, 4), 2);
    put("bitwiseNot", wholes(3, 4));
    put("logicalNot", flags(3, 4));
    put("logicalNot_", flags(3, 4));
    put("clamp(Tensor,Tensor)", reals(3, 4), null, reals(4));
    put("clamp(Number,Number)", reals(3, 4), 0.2, null);
    put("clamp_(Number,Number)", reals(3, 4), 0.2, 0.7);
    put("nanToNum", reals(3, 4), 0.0, null, 1.0);
    put("nanToNum_", reals(3, 4), 0.0, null, 1.0);
    put("round(long)", reals(3, 4), 1L);
    put("matmul", reals(2, 3, 4), reals(4, 5));
    put("mm", reals(3, 4), reals(4, 5));
    put("bmm", reals(2, 3, 4), reals(2, 4, 5));
    put("dot", reals(4), reals(4));
    put("outer", reals(3), reals(4));
    put("mv", reals(3, 4), reals(4));
    put("addmm", reals(5), reals(3, 4), reals(4, 5));
    put("addmm_", reals(3, 5), reals(3, 4), reals(4, 5));
    put("addmm(Tensor,Tensor,Number,Number)", reals(5), reals(3, 4), reals(4, 5), 0.5, 2);
    put("baddbmm(Tensor,Tensor)", reals(2, 3, 5), reals(2, 3, 4), reals(2, 4, 5));
    put(
        "baddbmm(Tensor,Tensor,Number,Number)",
        reals(2, 3, 5),
        reals(2, 3, 4),
        reals(2, 4, 5),
        0,
        2.0);
    put("addbmm", reals(3, 5), reals(2, 3, 4), reals(2, 4, 5));
    put("addmv", reals(3), reals(3, 4), reals(4));
    put("addr", reals(3, 4), reals(3), reals(4));
    put("tensordot", reals(2, 3, 4), reals(4, 3, 5), dims(1, 2), dims(1, 0));
    put("bilinear", reals(2, 3), reals(2, 4), reals(5, 3, 4), reals(5));
    put("einsum", "ij,jk->ik", new Tensor[] {reals(3, 4), reals(4, 5)});
    put("linear", reals(2, 4), reals(3, 4), reals(3));
    put("inverse", square());
    put("det", square());
    put("logdet", square());
    put("trace", square());
    put("diag()", reals(4));
    put("diag(long)", reals(3, 4), 1L);
    put("diagonal", reals(3, 4), 0L, 0L, 1L);
    put("solve", square(), reals(3, 2));
    put("cholesky", square());
    put("matrixPower", square(), 3L);
    put("eigh", square());
    put("svd", reals(3, 4), false);
    put("tril(long)", reals(3, 4), 0L);
    put("triu(long)", reals(3, 4), 0L);
    put("tril_", reals(3, 4), -1L);
    put("triu_", reals(3, 4), 1L);
    put("norm(Number,long,boolean)", reals(3, 4), 1, -1L, true);
    put("cross", reals(4, 3), reals(4, 3), -1L);
    put("cdist", reals(5, 4), reals(3, 4));
    put("kron", reals(2, 2), reals(3, 4));
    put("all()", flags(3, 4));
    put("any()", flags(3, 4));
    put("topk(long)", reals(3, 4), 2L);
    put("topk(long,long)", reals(3, 4), 2L, 0L);
    put("topk(long,long,boolean,boolean)", reals(3, 4), 2L, -1L, false, true);
    put("kthvalue(long)", reals(3, 4), 2L);
    put("kthvalue(long,long)", reals(3, 4), 2L, 0L);
    put("kthvalue(long,long,boolean)", reals(3, 4), 2L, 0L, true);
    put("quantile(Tensor,long,boolean)", reals(3, 4), Tensor.of(0.25f, 0.5f), 1L, true);
    put("quantile(double)", reals(3, 4), 0.5);
    put("histc", reals(3, 4), 4L, 0, 1);
    put("diff", reals(3, 4), 1L, -1L);
    put("bincount", Tensor.of(0L, 2L, 2L));
  }

  private static void shapes() {
    put("reshape(long[])", reals(3, 4), dims(2, -1));
    put("reshape(Shape)", reals(3, 4), new Shape(2, 6));
    put("view(long[])", reals(3, 4), dims(-1, 2));
    put("view(Shape)", reals(3, 4), new Shape(2, 6));
    put("view(DType)", reals(3, 4), DType.INT16);
    put("viewAs", reals(3, 4), reals(2, 6));
    put("reshapeAs", reals(3, 4), reals(2, 6));
    put("permute", reals(2, 3, 4), dims(2, 0, 1));
    put("transpose", reals(2, 3, 4), -1L, 0L);
    put("transpose_", reals(2, 3, 4), -1L, 0L);
    put("swapaxes", reals(2, 3, 4), -1L, 0L);
    put("squeeze()", reals(1, 3, 1));
    put("squeeze(long)", reals(1, 3, 1), 0L);
    put("squeeze_", reals(1, 3, 1), 0L);
    put("cat(List,long)", List.of(reals(3, 4), wholes(3, 2)), -1L);
    put("cat(List)", List.of(reals(3, 4), reals(2, 4)));
    put("stack(List,long)", List.of(reals(3, 4), reals(3, 4)), 1L);
    put("meshgrid", List.of(reals(3), reals(4)), "ij");
    put("split(long,long)", reals(3, 4), 3L, 1L);
    put("split(long)", reals(3, 4), 2L);
    put("split(long[],long)", reals(3, 4), dims(1, 3), 1L);
    put("chunk(long,long)", reals(3, 4), 3L, 1L);
    put("chunk(long)", reals(3, 4), 2L);
    put("tensorSplit", reals(3, 4), 3L, 1L);
    put("expand(long[])", reals(3, 1), dims(2, -1, 4));
    put("expand(Shape)", reals(3, 1), new Shape(3, 4));
    put("expandAs", reals(3, 1), reals(3, 4));
    put("broadcastTo", reals(4), dims(3, 4));
    put("repeat", reals(3, 4), dims(2, 1, 2));
    put("repeatInterleave", reals(3, 4), 2L, 1L);
    put("tile", reals(3, 4), dims(2));
    put("flatten(long,long)", reals(2, 3, 4), 0L, 1L);
    put("flatten(long)", reals(2, 3, 4), 1L);
    put("unflatten", reals(3, 4), 1L, dims(2, -1));
    put("narrow", reals(3, 4), 1L, 1L, 2L);
    put("select", reals(3, 4), 1L, -1L);
    put("slice", reals(3, 4), 1L, 0L, 4L, 2L);
    put("movedim(long,long)", reals(2, 3, 4), 0L, 2L);
    put("movedim(long[],long[])", reals(2, 3, 4), dims(0, 1), dims(1, 2));
    put("unfold", reals(3, 4), 1L, 2L, 1L);
    put("pad(long[])", reals(3, 4), dims(1, 2));
    put("pad(long[],Number)", reals(3, 4), dims(1, 2, 0, 1), 7);
    put("pad(long[],String)", reals(2, 3, 4), dims(1, 2), "reflect");
    put("flip", reals(3, 4), dims(0, 1));
    put("roll(long,long)", reals(3, 4), 2L, 1L);
    put("roll(long[],long[])", reals(3, 4), dims(1, 2), dims(0, 1));
    put("rot90", reals(3, 4), 1L, 0L, 1L);
    put("pixelShuffle", reals(1, 8, 2, 3), 2L);
    put("asStrided", reals(3, 4), dims(2, 2), dims(4, 1), 1L);
    put("get", reals(3, 4, 5), new Object[] {0, "1:4:2", "None"});
    put("gather", reals(3, 4), 1L, wholes(3, 2));
    put("scatter(long,Tensor,Tensor)", reals(3, 4), 1L, wholes(3, 2), reals(3, 2));
    put("scatter(long,Tensor,Number)", reals(3, 4), 1L, wholes(3, 2), 5);
    put("scatter_(long,Tensor,Tensor)", reals(3, 4), 1L, wholes(3, 2), reals(3, 2));
    put("scatter_(long,Tensor,Number)", reals(3, 4), 1L, wholes(3, 2), 0.5);
    put("scatterAdd", reals(3, 4), 1L, wholes(3, 2), reals(3, 2));
    put("scatterAdd_", reals(3, 4), 1L, wholes(3, 2), reals(3, 2));
    put("scatterReduce", reals(3, 4), 1L, wholes(3, 2), reals(3, 2), "amax");
    put("indexSelect", reals(3, 4), 1L, wholes(5));
    put("indexAdd", reals(3, 4), 1L, wholes(2), reals(3, 2));
    put("indexAdd_", reals(3, 4), 1L, wholes(2), reals(3, 2));
    put("indexCopy", reals(3, 4), 1L, wholes(2), reals(3, 2));
    put("indexCopy_", reals(3, 4), 1L, wholes(2), reals(3, 2));
    put("indexFill", reals(3, 4), 1L, wholes(2), 5);
    put("indexFill_", reals(3, 4), 1L, wholes(2), 5);
    put("takeAlongDim", reals(3, 4), wholes(3, 1), 1L);
    put("take", reals(3, 4), wholes(2, 2));
    put("maskedFill(Tensor,Number)", reals(3, 4), flags(4), 5);
    put("maskedFill_(Tensor,Number)", reals(3, 4), flags(4), 0.5);
    put("maskedFill(Tensor,Tensor)", reals(3, 4), flags(4), Tensor.scalar(0.5));
    put("maskedFill_(Tensor,Tensor)", reals(3, 4), flags(4), Tensor.scalar(0.5));
    put("maskedScatter", reals(3, 4), flags(3, 4), reals(12));
    put("maskedSelect", reals(3, 4), flags(3, 4));
    put("where(Tensor,Tensor)", reals(3, 4), flags(4), reals(3, 1));
    put("where(Tensor,Number)", reals(3, 4), flags(4), 0.5);
    put("bucketize", reals(3, 4), Tensor.of(0.2f, 0.5f));
    put("searchsorted", Tensor.of(0.2f, 0.5f), reals(3, 4));
  }

  private static void layers() {
    put("hardtanh(Number,Number)", reals(3, 4), -1, 1);
    put("hardtanh_(Number,Number)", reals(3, 4), -0.5, 0.5);
    put("prelu", reals(3, 4), reals(4));
    put("layerNorm", reals(2, 3, 4), new Shape(4), reals(4), reals(4), 1e-5);
    put("rmsNorm", reals(2, 3, 4), new Shape(4), reals(4), null);
    put("groupNorm", reals(2, 4, 3), 2L, reals(4), reals(4), 1e-5);
    put("batchNorm", reals(5, 4), reals(4), reals(4), reals(4), reals(4), false, 0.1, 1e-5);
    put("conv1d(Tensor,Tensor)", reals(2, 3, 8), reals(4, 3, 3), null);
    put("conv1d", reals(2, 4, 9), reals(6, 2, 3), reals(6), dims(2), dims(1), dims(2), 2L);
    put("conv2d(Tensor,Tensor)", reals(2, 3, 8, 7), reals(4, 3, 3, 2), reals(4));
    put(
        "conv2d",
        reals(2, 4, 9, 8),
        reals(6, 2, 3, 3),
        null,
        dims(2, 1),
        dims(1, 1),
        dims(1, 2),
        2L);
    put("convTranspose1d(Tensor,Tensor)", reals(2, 3, 5), reals(3, 4, 3), reals(4));
    put(
        "convTranspose1d",
        reals(2, 4, 5),
        reals(4, 3, 3),
        reals(6),
        dims(2),
        dims(1),
        dims(1),
        2L,
        dims(1));
    put("convTranspose2d(Tensor,Tensor)", reals(2, 3, 5, 4), reals(3, 4, 3, 2), null);
    put(
        "convTranspose2d",
        reals(2, 4, 5, 4),
        reals(4, 3, 3, 3),
        reals(6),
        dims(2, 2),
        dims(1, 1),
        dims(1, 0),
        2L,
        dims(1, 1));
    put("maxPool2d", reals(2, 3, 8, 7), dims(2, 2), dims(2, 2), dims(0, 1));
    put("avgPool2d", reals(2, 3, 8, 7), dims(2, 2), dims(2, 2), dims(0, 1));
    put("maxPool2dWithIndices", reals(2, 3, 8, 7), dims(2, 2), dims(2, 2), dims(0, 1));
    put("maxPool1d", reals(2, 3, 8), dims(2), dims(2), dims(0));
    put("avgPool1d", reals(2, 3, 8), dims(2), dims(2), dims(0));
    put("adaptiveAvgPool2d", reals(2, 3, 8, 7), dims(2, 3));
    put("adaptiveMaxPool2d", reals(2, 3, 8, 7), dims(2, 3));
    put("adaptiveAvgPool1d", reals(2, 3, 8), 2L);
    put("interpolateNearest2d", reals(2, 3, 4, 5), dims(8, 7));
    put("interpolateBilinear2d", reals(2, 3, 4, 5), dims(8, 7), false);
    put("im2col", reals(2, 3, 8, 7), dims(2, 3), dims(1, 1), dims(0, 0), dims(1, 1));
    put("embedding(Tensor)", reals(3, 4), wholes(2, 5));
    put("embedding(Tensor,long)", reals(3, 4), wholes(2, 5), 0L);
    put("oneHot", wholes(2, 3), 4L);
    put(
        "scaledDotProductAttention(Tensor,Tensor)",
        reals(2, 3, 5, 4),
        reals(2, 3, 6, 4),
        reals(2, 3, 6, 4));
    put(
        "scaledDotProductAttention",
        reals(2, 3, 5, 4),
        reals(2, 3, 6, 4),
        reals(2, 3, 6, 4),
        flags(5, 6),
        false);
    put("crossEntropy(Tensor)", reals(5, 3), wholes(5));
    put("crossEntropy", reals(5, 3), wholes(5), reals(3), Reduction.NONE, -100L, 0.1);
    put("nllLoss(Tensor)", reals(5, 3), wholes(5));
    put("nllLoss", reals(5, 3), wholes(5), null, Reduction.SUM, -100L);
    put("binaryCrossEntropyWithLogits", reals(3, 4), reals(3, 4), reals(4), null, Reduction.NONE);
    put("binaryCrossEntropyWithLogits(Tensor)", reals(3, 4), reals(3, 4));
    put("multinomial", reals(3, 4), 2L, false);
    put("random_", reals(3, 4), 2L, 9L);
    put("uniform_", reals(3, 4), 0.0, 1.0);
    put("to(Device)", reals(3, 4), Device.CPU);
    put("to(DType)", reals(3, 4), DType.FLOAT16);
    put("typeAs", reals(3, 4), wholes(2));
    put("lerp(Tensor,Tensor)", reals(3, 4), reals(3, 4), reals(4));
    put("fill_(Tensor)", reals(3, 4), Tensor.scalar(2.5));
  }
}
