package dev.microtome.trace;

import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.List;

/// Elements of the tensors inside an operation, where neither arguments nor results are as large.
final class InnerShapes {
  private static final double BLOCK = 16;

  private InnerShapes() {}

  /// Elements of what an operation makes for itself, or 0 when that is no larger than what goes in
  /// or comes out.
  static double largest(OpCall call, List<Tensor> results) {
    List<Tensor> args = Values.tensors(call.args());
    if (results.isEmpty()) {
      return 0;
    }
    Tensor out = results.getFirst();
    return switch (call.name()) {
      case "aten::matmul", "aten::cdist", "aten::linalg_solve" -> repeated(args.getFirst(), out);
      case "aten::conv1d", "aten::conv2d" ->
          unfolded(out, args.get(1)) + blocked(args.getFirst(), args.get(1), out);
      case "aten::conv_transpose1d", "aten::conv_transpose2d" ->
          unfolded(args.getFirst(), args.get(1)) + blocked(args.getFirst(), args.get(1), out);
      case "aten::scaled_dot_product_attention" -> attention(args.get(0), args.get(1));
      case "aten::einsum" -> call.arg(0) instanceof String how ? EinsumSteps.largest(how, args) : 0;
      case "aten::linalg_pinv" -> tolerances(args);
      default -> 0;
    };
  }

  /// Of all `tensors` when each is repeated along the dimensions only others have; 0 when they do
  /// not fit.
  static double spread(List<Tensor> tensors) {
    int rank = tensors.stream().mapToInt(Tensor::dim).max().orElse(0);
    double all = 1;
    for (int dim = 1; dim <= rank; dim++) {
      long size = 1;
      for (Tensor tensor : tensors) {
        long own = dim > tensor.dim() ? 1 : tensor.size(-dim);
        if (own != 1 && size != 1 && own != size) {
          return 0;
        }
        size = own == 1 ? size : own;
      }
      all *= size;
    }
    return all;
  }

  /// Both factors of `out`, `[…, n, k]` and `[…, k, m]`, each with all of its batch.
  private static double repeated(Tensor left, Tensor out) {
    if (out.dim() < 3 || out.numel() == 0) {
      return 0;
    }
    double n = out.size(-2);
    double m = out.size(-1);
    return out.numel() * (double) left.size(-1) * (1 / n + 1 / m);
  }

  /// A convolution's windows side by side: as many as `places` has per channel, each of a kernel's
  /// size.
  private static double unfolded(Tensor places, Tensor weight) {
    double kernels = weight.dim() == 0 ? 0 : weight.size(0);
    return kernels == 0 ? 0 : places.numel() / kernels * (weight.numel() / kernels);
  }

  /// Input, kernels and output of a convolution in blocks of 16 channels, as oneDNN wants them.
  private static double blocked(Tensor input, Tensor weight, Tensor out) {
    return padded(weight, 0, 1)
        + padded(input, input.dim() - weight.dim() + 1)
        + padded(out, out.dim() - weight.dim() + 1);
  }

  private static double padded(Tensor tensor, int... channels) {
    double elements = tensor.numel();
    for (int dim : channels) {
      double size = dim < 0 || dim >= tensor.dim() ? 1 : tensor.size(dim);
      elements *= size == 0 ? 1 : Math.ceil(size / BLOCK) * BLOCK / size;
    }
    return elements;
  }

  /// Each row's singular values beside each of the tolerances that may come as tensors.
  private static double tolerances(List<Tensor> args) {
    Tensor matrix = args.getFirst();
    double most = 0;
    for (Tensor tolerance : args.subList(1, args.size())) {
      most = Math.max(most, (double) tolerance.numel());
    }
    return matrix.dim() == 0 ? 0 : most * matrix.numel() / Math.max(1, matrix.size(-1));
  }

  /// Scaled queries and keys, and each query's score for each key: as such, softened, and masked or
  /// thinned out.
  private static double attention(Tensor query, Tensor key) {
    if (query.dim() < 2 || query.size(-1) == 0) {
      return 0;
    }
    double scores = (double) query.numel() / query.size(-1) * key.size(-2);
    return 3 * scores + query.numel() + key.numel();
  }
}
