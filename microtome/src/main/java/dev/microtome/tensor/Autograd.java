package dev.microtome.tensor;

import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.jspecify.annotations.Nullable;

/// Backward passes, hooks on gradients, and functions with a hand-written backward.
public final class Autograd {
  static {
    Natives.load();
  }

  private Autograd() {}

  /// The accumulated gradient of a leaf.
  static Tensor gradOf(DenseTensor leaf) {
    try (var gradient = leaf.handle().mutable_grad()) {
      if (!gradient.defined()) {
        throw new IllegalStateException(
            "this tensor has no gradient: call requiresGrad_(true) before it is used, and backward()"
                + " after");
      }
      return DenseTensor.own(new org.bytedeco.pytorch.Tensor(gradient));
    }
  }

  static boolean hasGrad(DenseTensor leaf) {
    try (var gradient = leaf.handle().mutable_grad()) {
      return gradient.defined();
    }
  }

  static void setGrad(DenseTensor leaf, DenseTensor gradient) {
    try (var old = leaf.handle().mutable_grad()) {
      old.put(gradient.handle());
    }
  }

  /// The name of the operation `tensor` came from, such as `MulBackward0`; null for a leaf.
  static @Nullable String makerOf(DenseTensor tensor) {
    try (var node = tensor.handle().grad_fn()) {
      if (node == null || node.isNull()) {
        return null;
      }
      String name = node.name().getString();
      return asPythonCalls(name.substring(name.lastIndexOf(':') + 1));
    } catch (RuntimeException rebaseRefused) { // a view made and changed without gradients
      return "Invalid";
    }
  }

  // Python has no overloads for numbers here: it wraps the number into a tensor.
  private static String asPythonCalls(String maker) {
    return switch (maker) {
      case "AddBackward1", "SubBackward1", "MulBackward1", "DivBackward1" ->
          maker.replace('1', '0');
      case "DivBackward3" -> "DivBackward2";
      default -> maker;
    };
  }

  static void clearGradOf(DenseTensor leaf) {
    try (var old = leaf.handle().mutable_grad()) {
      old.reset();
    }
  }

  /// Runs `backward(self, gradient?, retainGraph, createGraph)`.
  static void runBackward(OpCall call) {
    if (!(call.arg(0) instanceof DenseTensor self)) {
      throw new IllegalArgumentException("backward needs a tensor, got " + call.arg(0));
    }
    boolean retain = Boolean.TRUE.equals(call.arg(2));
    boolean create = Boolean.TRUE.equals(call.arg(3));
    try (var gradient =
            call.arg(1) instanceof DenseTensor seed
                ? new org.bytedeco.pytorch.Tensor(seed.handle())
                : new org.bytedeco.pytorch.Tensor();
        var keep = new BoolOptional(retain);
        var inputs = new TensorArrayRefOptional()) {
      self.handle().backward(gradient, keep, create, inputs);
    }
  }
}
