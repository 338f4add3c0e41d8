package dev.microtome.adapt;

import dev.microtome.tensor.CustomOp;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The operation `microtome::dora(y, x, a, b, magnitude, lengths, bias, s)`: the output of a linear
/// layer, `y = W x + bias`, with a DoRA in it,
///
/// ```
/// f (y − bias + s B A x) + bias        f = magnitude / lengths
/// ```
///
/// where `lengths` are those of the rows of `W + s B A`, taken as constants. Gradients go to y, x,
/// A, B and the magnitudes; nothing of the weight's size is made in either direction.
public final class DoraOp implements CustomOp {
  static final String NAME = NAMESPACE + "dora";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Tensor run(OpCall call) {
    return new DoraFunction(tensor(call, 5), (double) some(call.arg(7)))
        .of(
            tensor(call, 0),
            tensor(call, 1),
            tensor(call, 2),
            tensor(call, 3),
            tensor(call, 4),
            (Tensor) call.arg(6));
  }

  @Override
  public Tensor shape(OpCall call) {
    return Ops.tensor("aten::clone", tensor(call, 0));
  }

  private static Tensor tensor(OpCall call, int index) {
    return (Tensor) some(call.arg(index));
  }

  private static Object some(@Nullable Object argument) {
    return Objects.requireNonNull(argument);
  }
}
