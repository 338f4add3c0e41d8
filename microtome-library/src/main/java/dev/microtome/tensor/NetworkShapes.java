package dev.microtome.tensor;

import static dev.microtome.tensor.ShapeRules.like;
import static dev.microtome.tensor.ShapeRules.refused;
import static dev.microtome.tensor.ShapeRules.sized;
import static dev.microtome.tensor.ShapeRules.tensor;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Shape rules of layers: normalisation, attention, pooling, losses, products.
final class NetworkShapes {
  private NetworkShapes() {}

  static void addTo(Map<String, ShapeRule> rules) {
    for (int dims = 1; dims <= 3; dims++) {
      int n = dims;
      rules.put("aten::conv" + n + "d", call -> ConvolutionShape.forward(call, n));
      rules.put("aten::conv_transpose" + n + "d", call -> ConvolutionShape.transposed(call, n));
      rules.put("aten::adaptive_avg_pool" + n + "d", call -> resized(call, n));
    }
    rules.put("aten::im2col", ConvolutionShape::unfolded);
    rules.put("aten::layer_norm", NetworkShapes::layerNorm);
    rules.put("aten::group_norm", NetworkShapes::groupNorm);
    rules.put("aten::batch_norm", NetworkShapes::batchNorm);
    rules.put("aten::scaled_dot_product_attention", NetworkShapes::attention);
    for (String loss :
        List.of(
            "l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits")) {
      rules.put("aten::" + loss, NetworkShapes::loss);
    }
    rules.put("aten::addbmm", NetworkShapes::addbmm);
    rules.put("aten::cdist", NetworkShapes::cdist);
    rules.put("aten::linalg_pinv", call -> tensor(call, 0).transpose(-2, -1).emptyLike());
  }

  private static Tensor layerNorm(OpCall call) {
    long[] shape = tensor(call, 0).shape().dims();
    Shape normalized = ints(call, 1);
    int from = shape.length - normalized.rank();
    if (from < 0 || !normalized.equals(new Shape(Arrays.copyOfRange(shape, from, shape.length)))) {
      String wanted = normalized.toString().substring(1);
      throw refused(
          call,
          "Given normalized_shape=%s, expected input with shape [*, %s, but got input of size%s"
              .formatted(normalized, wanted, Arrays.toString(shape)));
    }
    for (int at = 2; at <= 3; at++) {
      if (call.arg(at) instanceof Tensor affine && !affine.shape().equals(normalized)) {
        throw refused(
            call,
            "Expected weight and bias to be of same shape as normalized_shape %s, but got %s"
                .formatted(normalized, affine.shape()));
      }
    }
    return like(call);
  }

  private static Shape ints(OpCall call, int index) {
    return call.arg(index) instanceof Shape shape
        ? shape
        : new Shape((long[]) Objects.requireNonNull(call.arg(index)));
  }

  private static Tensor groupNorm(OpCall call) {
    Tensor self = tensor(call, 0);
    long groups = ((Number) Objects.requireNonNull(call.arg(1))).longValue();
    if (self.dim() < 2 || self.size(1) % groups != 0) {
      throw refused(
          call,
          "Expected number of channels in input to be divisible by num_groups, but got input of"
              + " shape %s and num_groups=%d".formatted(self.shape(), groups));
    }
    return perChannel(call, 2, 3);
  }

  private static Tensor batchNorm(OpCall call) {
    return perChannel(call, 1, 4);
  }

  private static Tensor perChannel(OpCall call, int from, int to) {
    Tensor self = tensor(call, 0);
    for (int at = from; at <= to; at++) {
      if (call.arg(at) instanceof Tensor each && each.numel() != self.size(1)) {
        throw refused(
            call,
            "an input with %d channels needs weights of %d elements, not %d"
                .formatted(self.size(1), self.size(1), each.numel()));
      }
    }
    return like(call);
  }

  private static Tensor attention(OpCall call) {
    Tensor scores = tensor(call, 0).matmul(tensor(call, 1).transpose(-2, -1));
    if (call.arg(3) instanceof Tensor mask) {
      mask.expand(scores.shape()); // refuses a mask that does not broadcast
    }
    return scores.matmul(tensor(call, 2)).emptyLike();
  }

  private static Tensor loss(OpCall call) {
    Tensor self = tensor(call, 0);
    Tensor target = tensor(call, 1);
    boolean strict = call.name().startsWith("aten::binary");
    if (strict && !self.shape().equals(target.shape())) {
      throw refused(
          call,
          "Target size (%s) must be the same as input size (%s)"
              .formatted(target.shape(), self.shape()));
    }
    return Ops.tensor("aten::mse_loss", self, target, reduction(call));
  }

  private static Object reduction(OpCall call) {
    int at =
        switch (call.name()) {
          case "aten::binary_cross_entropy" -> 3;
          case "aten::binary_cross_entropy_with_logits" -> 4;
          default -> 2;
        };
    Object given = call.arg(at);
    return given == null ? Reduction.MEAN.code() : given;
  }

  private static Tensor addbmm(OpCall call) {
    Tensor a = tensor(call, 1);
    Tensor b = tensor(call, 2);
    Tensor product = a.bmm(b);
    return Ops.tensor("aten::add", call.arg(0), product.select(0, 0))
        .expand(product.size(1), product.size(2));
  }

  private static Tensor cdist(OpCall call) {
    return tensor(call, 0).matmul(tensor(call, 1).transpose(-2, -1));
  }

  private static @Nullable Object resized(OpCall call, int dims) {
    long[] shape = tensor(call, 0).shape().dims();
    long[] size = ints(call, 1).dims();
    if (size.length != dims || shape.length < dims + 1 || shape.length > dims + 2) {
      throw refused(
          call,
          "adaptive_avg_pool%dd: Expected %dD or %dD tensor, but got %s"
              .formatted(dims, dims + 1, dims + 2, Arrays.toString(shape)));
    }
    System.arraycopy(size, 0, shape, shape.length - dims, dims);
    return sized(tensor(call, 0), shape);
  }
}
