package dev.microtome.tensor;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One operation about to happen: its name in libtorch's dispatcher (`aten::add`) or one of
/// Microtome's own (`getitem`, `setitem`, `backward`), and its arguments in the schema's order.
public record OpCall(String name, List<@Nullable Object> args) {
  public @Nullable Object arg(int index) {
    return index < args.size() ? args.get(index) : null;
  }

  /// The call as errors show it: `aten::matmul(float32[1, 10], float32[1, 2])`.
  @Override
  public String toString() {
    return args.stream().map(OpCall::show).collect(Collectors.joining(", ", name + "(", ")"));
  }

  private static String show(@Nullable Object arg) {
    return switch (arg) {
      case null -> "None";
      case Tensor tensor -> showTensor(tensor);
      case long[] ints -> java.util.Arrays.toString(ints);
      case double[] reals -> java.util.Arrays.toString(reals);
      case boolean[] flags -> java.util.Arrays.toString(flags);
      case List<?> list ->
          list.stream().map(OpCall::show).limit(8).collect(Collectors.joining(", ", "[", "]"));
      default -> arg.toString();
    };
  }

  static String showTensor(Tensor tensor) {
    try {
      return tensor.dtype().label() + tensor.shape();
    } catch (RuntimeException unknown) { // a closed tensor, or a deferred one nobody has scanned
      return "tensor";
    }
  }
}
