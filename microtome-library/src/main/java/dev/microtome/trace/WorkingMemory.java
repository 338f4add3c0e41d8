package dev.microtome.trace;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Index;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What an operation holds while it works, beside its arguments and its result: a loss its
/// differences, a sort its indices, a sum of two dtypes a converted copy. No shape tells that, and
/// libtorch does not either: the table says how many copies of the largest tensor it deals with an
/// operation makes, as measured on CPU and rounded up. What is in no table may make one.
final class WorkingMemory {
  private static final double HANDLE = 640; // a tensor's own, whatever it holds
  private static final int WIDE = 8;

  /// They go from number to number, or only write a result, or look at their argument otherwise.
  private static final Set<String> NONE =
      names(
          """
          abs acos acosh add addcdiv addcmul amax amin arange argmax argmin as_strided
          asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_not
          bitwise_or bitwise_right_shift bitwise_xor broadcast_to cat ceil celu clamp
          clamp_max clamp_min clone contiguous copy copysign cos cosh deg2rad detach
          digamma div elu eq erf erfc erfinv exp exp2 expm1 exponential eye fill floor
          floor_divide fmod frac full full_like ge gt hardshrink hardsigmoid hardswish
          hardtanh hstack hypot isnan isneginf isposinf le leaky_relu lerp lgamma
          linspace log log10 log1p log2 logaddexp logical_and logical_not logical_or
          logical_xor logit lt maximum mean meshgrid minimum mish mul nan_to_num ne neg
          normal ones ones_like outer positive pow rad2deg rand rand_like randn
          randn_like random reciprocal relu relu6 remainder repeat requires_grad
          reshape_as round rsqrt rsub selu sgn sigmoid sign signbit silu sin sinh
          softplus softshrink sqrt square stack std sub sum swapaxes tan tanh
          tensor_split threshold tile to trunc type_as uniform var view_as vstack xlogy
          zero zeros zeros_like\
          """);

  private static final Map<String, Integer> COPIES = new HashMap<>();

  static {
    copies(
        2,
        """
        addbmm addmm baddbmm bilinear bmm cdist count_nonzero det einsum histc index_add inverse
        isfinite kron kthvalue linalg_cross linalg_matrix_power linalg_solve linear log_sigmoid
        log_softmax logdet logsumexp masked_scatter masked_select matmul median mode multinomial
        nansum repeat_interleave scatter_reduce softmax tensordot topk\
        """);
    copies(
        3,
        """
        adaptive_max_pool1d adaptive_max_pool2d argsort binary_cross_entropy cross_entropy_loss
        diff huber_loss l1_loss linalg_eigh linalg_qr max_pool1d max_pool2d mse_loss nanmean
        smooth_l1_loss sort\
        """);
    copies(
        4,
        """
        _unique2 binary_cross_entropy_with_logits cosine_similarity kl_div linalg_matrix_norm
        linalg_svd\
        """);
    copies(6, "allclose isclose linalg_pinv");
    copies(7, "quantile");
  }

  /// What one argument of another dtype says is where, not what.
  private static final Set<String> SELECTING =
      names(
          """
          bucketize cross_entropy_loss embedding gather index_add index_copy index_fill index_select
          masked_fill masked_scatter masked_select nll_loss nonzero scatter scatter_add
          scatter_reduce searchsorted take take_along_dim where\
          """);

  /// They spread their arguments over each other, and a smaller result does not show it.
  private static final Set<String> SPREADING =
      names(
          """
          allclose binary_cross_entropy binary_cross_entropy_with_logits cosine_similarity
          cross_entropy_loss huber_loss kl_div l1_loss mse_loss smooth_l1_loss\
          """);

  private final OpCall call;
  private final String name;
  private final List<Tensor> arguments;
  private final List<Tensor> results;

  private WorkingMemory(OpCall call, @Nullable Object result) {
    this.call = call;
    this.name = name(call.name());
    this.arguments = Values.tensors(call.args());
    this.results = Values.tensors(result);
  }

  /// Bytes that `call` holds for a while.
  ///
  /// @param result what comes of it, or null when that is unknown
  static double of(OpCall call, @Nullable Object result) {
    var memory = new WorkingMemory(call, result);
    return call.name().endsWith("etitem") ? memory.positions() : memory.whole();
  }

  /// Bytes of results that hold no numbers of their own.
  static double handles(@Nullable Object result) {
    return HANDLE * Math.max(0, Values.tensors(result).size() - 1);
  }

  private double whole() {
    int copies = NONE.contains(name) ? 0 : COPIES.getOrDefault(name, 1);
    double own =
        copies == 0 ? 0 : copies * Math.max(elements(), InnerShapes.largest(call, results));
    return own * width() + (SELECTING.contains(name) ? 0 : converted());
  }

  private double elements() {
    double most = SPREADING.contains(name) ? InnerShapes.spread(arguments) : 0;
    for (Tensor tensor : all()) {
      most = Math.max(most, (double) tensor.numel());
    }
    return most;
  }

  private int width() {
    int most = results.isEmpty() && !SPREADING.contains(name) ? WIDE : Float.BYTES;
    for (Tensor tensor : all()) {
      most = Math.max(most, tensor.dtype().bytes());
    }
    return most;
  }

  private List<Tensor> all() {
    var all = new ArrayList<>(arguments);
    all.addAll(results);
    return all;
  }

  /// Arguments of different dtypes are made alike first, and so are whole numbers that meet a
  /// number of another kind.
  private double converted() {
    Set<DType> dtypes = new HashSet<>();
    boolean whole = false;
    double numbers = 0;
    for (Tensor tensor : arguments) {
      dtypes.add(tensor.dtype());
      whole |= !tensor.dtype().isFloatingPoint();
      numbers += tensor.numel();
    }
    results.stream().map(Tensor::dtype).filter(dtype -> dtype != DType.BOOL).forEach(dtypes::add);
    if (whole && call.args().stream().anyMatch(Number.class::isInstance)) {
      return numbers * WIDE;
    }
    return dtypes.size() < 2 ? 0 : numbers * width();
  }

  /// Of a subscript: masks become positions, and those are spread over each other.
  private double positions() {
    double bytes = 0;
    if (call.arg(1) instanceof List<?> parts) {
      for (Object part : parts) {
        if (part instanceof Index.By(Tensor by)) {
          bytes += (double) WIDE * by.numel() * Math.max(1, by.dim()) * 2;
        }
      }
    }
    return bytes;
  }

  /// `add` for `aten::add_` too.
  private static String name(String op) {
    String plain = op.substring(op.lastIndexOf(':') + 1);
    return plain.endsWith("_") ? plain.substring(0, plain.length() - 1) : plain;
  }

  private static Set<String> names(String text) {
    return Set.of(text.strip().split("\\s+", -1));
  }

  private static void copies(int copies, String text) {
    names(text).forEach(name -> COPIES.put(name, copies));
  }
}
