package dev.microtome.dynamic.calibrated;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Index;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a [GridTensor] answers: the operations that keep a grid, as libtorch's quantized kernels
/// compute them; all others on plain numbers.
final class GridOperations {
  private static final Set<String> KEEPING =
      Set.of(
          "aten::relu",
          "aten::max_pool2d",
          "aten::avg_pool2d",
          "aten::adaptive_avg_pool2d",
          "aten::flatten",
          "aten::view",
          "aten::reshape",
          "aten::permute",
          "aten::transpose",
          "aten::squeeze",
          "aten::unsqueeze",
          "aten::contiguous",
          "aten::clone",
          "aten::detach",
          "aten::narrow",
          "aten::select");

  private GridOperations() {}

  static @Nullable Object answer(OpCall call) {
    boolean keeps = KEEPING.contains(call.name()) && !(call.arg(1) instanceof DType); // view(dtype)
    if (keeps && call.arg(0) instanceof GridTensor first) {
      var args = new ArrayList<@Nullable Object>(call.args());
      args.set(0, first.whole());
      if (call.name().equals("aten::max_pool2d")) spreadWindow(args);
      Object result = Ops.call(new OpCall(call.name(), Collections.unmodifiableList(args)));
      return result instanceof Tensor whole ? GridTensor.of(whole) : result;
    }
    if (call.name().endsWith("_") || call.name().equals("setitem")) {
      throw new IllegalArgumentException(
          call.name()
              + " would change numbers that lie on the grid of a quantized layer; use the operation"
              + " that makes a new tensor");
    }
    return Ops.call(new OpCall(call.name(), plain(call.args())));
  }

  /// The quantized kernel reads two numbers for each of kernel, stride, padding and dilation, also
  /// where one or none was given.
  private static void spreadWindow(List<@Nullable Object> args) {
    long[] kernel = pair(args.get(1));
    args.set(1, kernel);
    long[][] defaults = {kernel, {0, 0}, {1, 1}};
    for (int i = 0; i < defaults.length; i++) {
      boolean given =
          args.size() > i + 2 && args.get(i + 2) instanceof long[] some && some.length > 0;
      long[] numbers = given ? pair(args.get(i + 2)) : defaults[i];
      if (args.size() > i + 2) args.set(i + 2, numbers);
      else args.add(numbers);
    }
  }

  private static long[] pair(@Nullable Object given) {
    long[] numbers = (long[]) java.util.Objects.requireNonNull(given);
    return numbers.length == 2 ? numbers : new long[] {numbers[0], numbers[0]};
  }

  private static List<@Nullable Object> plain(List<?> args) {
    var plain = new ArrayList<@Nullable Object>(args.size());
    for (Object arg : args) {
      plain.add(
          switch (arg) {
            case null -> null;
            case GridTensor grid -> grid.dequantized();
            case Index.By(GridTensor grid) -> new Index.By(grid.dequantized());
            case List<?> list -> plain(list);
            default -> arg;
          });
    }
    return Collections.unmodifiableList(plain);
  }
}
