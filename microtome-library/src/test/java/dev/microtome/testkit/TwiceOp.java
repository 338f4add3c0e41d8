package dev.microtome.testkit;

import dev.microtome.tensor.CustomFunction;
import dev.microtome.tensor.CustomOp;
import dev.microtome.tensor.FunctionContext;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// An operation of our own for tests: `2x`, with a backward in Java.
public final class TwiceOp implements CustomOp {
  public static final String NAME = NAMESPACE + "test_twice";

  private static final CustomFunction TWICE =
      new CustomFunction() {
        @Override
        protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
          return inputs.getFirst().mul(2);
        }

        @Override
        protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
          return List.of(gradient.mul(2));
        }
      };

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Tensor run(OpCall call) {
    return TWICE.apply((Tensor) call.args().getFirst());
  }

  @Override
  public Tensor shape(OpCall call) {
    return ((Tensor) call.args().getFirst()).emptyLike();
  }
}
