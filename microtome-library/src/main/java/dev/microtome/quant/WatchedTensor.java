package dev.microtome.quant;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Index;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tensor whose operations a [QuantGraph] writes down while they run.
final class WatchedTensor implements Tensor {
  private final Tensor real;
  private final int number;
  private final QuantGraph graph;

  WatchedTensor(Tensor real, int number, QuantGraph graph) {
    this.real = real;
    this.number = number;
    this.graph = graph;
  }

  int number() {
    return number;
  }

  static Tensor realOf(Tensor tensor) {
    return tensor instanceof WatchedTensor watched ? watched.real : tensor;
  }

  @Override
  public int strength() {
    return 40;
  }

  @Override
  public @Nullable Object dispatch(OpCall call) {
    var numbers = new ArrayList<Integer>();
    var plain = new OpCall(call.name(), reals(call.args(), numbers));
    Object out = Ops.call(plain);
    return out == null ? null : graph.record(plain, List.copyOf(numbers), out);
  }

  private static List<@Nullable Object> reals(List<?> args, List<Integer> numbers) {
    var plain = new ArrayList<@Nullable Object>(args.size());
    for (Object arg : args) {
      plain.add(
          switch (arg) {
            case null -> null;
            case WatchedTensor watched -> {
              numbers.add(watched.number);
              yield watched.real;
            }
            case Index.By(WatchedTensor watched) -> new Index.By(watched.real);
            case List<?> list -> reals(list, numbers);
            default -> arg;
          });
    }
    return Collections.unmodifiableList(plain);
  }

  @Override
  public Shape shape() {
    return real.shape();
  }

  @Override
  public DType dtype() {
    return real.dtype();
  }

  @Override
  public Device device() {
    return real.device();
  }

  @Override
  public DenseTensor dense() {
    return real.dense();
  }
}
