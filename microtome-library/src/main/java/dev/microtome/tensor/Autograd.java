package dev.microtome.tensor;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// Backward passes, gradients of chosen tensors, hooks on gradients. Functions with a hand-written
/// backward are [CustomFunction]s.
public final class Autograd {
  static {
    Natives.load();
  }

  private Autograd() {}

  /// The gradients of the sum of `outputs` (scalars) with respect to `inputs`, without touching
  /// anybody's `grad`: PyTorch's `torch.autograd.grad`.
  public static List<Tensor> grad(Tensor output, Tensor... inputs) {
    var gradients = grad(List.of(output), List.of(inputs), null, false, false, false);
    return gradients.stream().map(java.util.Objects::requireNonNull).toList();
  }

  /// The gradients of `outputs`, weighted by `gradOutputs` (null, or null for a scalar output),
  /// with respect to `inputs`. With `allowUnused` an input nothing depends on has the gradient
  /// null, otherwise it is a [TorchException]. `createGraph` lets the gradients be differentiated
  /// again.
  public static List<@Nullable Tensor> grad(
      List<Tensor> outputs,
      List<Tensor> inputs,
      @Nullable List<? extends @Nullable Tensor> gradOutputs,
      boolean retainGraph,
      boolean createGraph,
      boolean allowUnused) {
    try (var from = vector(outputs);
        var to = vector(inputs);
        var weights = gradOutputs == null ? new TensorVector() : vector(gradOutputs);
        var keep = new BoolOptional(retainGraph || createGraph);
        var gradients = torch.grad(from, to, weights, keep, createGraph, allowUnused)) {
      var result = new ArrayList<@Nullable Tensor>();
      for (long i = 0; i < gradients.size(); i++) {
        try (var gradient = gradients.get(i)) {
          result.add(
              gradient.defined()
                  ? DenseTensor.own(new org.bytedeco.pytorch.Tensor(gradient))
                  : null);
        }
      }
      return Collections.unmodifiableList(result);
    } catch (RuntimeException refused) {
      var args = new ArrayList<@Nullable Object>(List.of(outputs, inputs));
      throw failure(new OpCall("grad", Collections.unmodifiableList(args)), refused);
    } finally {
      Reference.reachabilityFence(outputs);
      Reference.reachabilityFence(inputs);
      Reference.reachabilityFence(gradOutputs);
    }
  }

  private static TensorVector vector(List<? extends @Nullable Tensor> tensors) {
    var vector = new TensorVector(tensors.size());
    for (int i = 0; i < tensors.size(); i++) {
      Tensor tensor = tensors.get(i);
      if (tensor != null) {
        vector.put(i, tensor.dense().handle());
      }
    }
    return vector;
  }

  /// Calls `hook` with the gradient of `tensor` in each backward pass, on the thread that runs it.
  /// What it returns replaces the gradient; null leaves it. Several hooks run in the order of
  /// registration, each on what the one before it returned. An exception ends the backward pass and
  /// comes out of it as it was thrown.
  public static GradientHook hook(Tensor tensor, Function<Tensor, @Nullable Tensor> hook) {
    return GradientHook.on(tensor.dense(), hook);
  }

  /// A tensor with the numbers of `forward(x)` and, in backward, the gradient passed on unchanged:
  /// Bengio's straight-through estimator, exact to the last bit. `forward` must keep the shape.
  public static Tensor straightThrough(Tensor x, UnaryOperator<Tensor> forward) {
    return function(forward, (_, gradient) -> gradient).apply(x);
  }

  /// A [CustomFunction] of one input, which backward is given together with the arriving gradient.
  public static CustomFunction function(
      UnaryOperator<Tensor> forward, BiFunction<Tensor, Tensor, Tensor> backward) {
    return new CustomFunction() {
      @Override
      protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
        context.save(inputs.get(0));
        return forward.apply(inputs.get(0));
      }

      @Override
      protected List<Tensor> backward(FunctionContext context, Tensor gradient) {
        return List.of(backward.apply(context.saved(0), gradient));
      }
    };
  }

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

  static Tensor retainGrad(Tensor tensor) {
    if (!tensor.requiresGrad()) {
      throw new IllegalStateException(
          "this tensor has no gradient to retain: it does not require gradients");
    }
    tensor.dense().handle().retain_grad();
    return tensor;
  }

  /// The name of the operation `tensor` came from, such as `MulBackward0`; null for a leaf.
  static @Nullable String makerOf(DenseTensor tensor) {
    try (var node = tensor.handle().grad_fn()) {
      if (node == null || node.isNull()) {
        return null;
      }
      try (var text = node.name()) {
        String name = text.getString();
        String maker = asPythonCalls(name.substring(name.lastIndexOf(':') + 1));
        String own = maker.equals("ViewBackward0") ? CustomNode.nameBehind(node) : null;
        return own == null ? maker : own;
      }
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
    boolean create = Boolean.TRUE.equals(call.arg(3));
    boolean retain = create || Boolean.TRUE.equals(call.arg(2));
    var root = self.handle();
    try (var gradient =
            call.arg(1) instanceof DenseTensor seed
                ? new org.bytedeco.pytorch.Tensor(seed.handle())
                : new org.bytedeco.pytorch.Tensor();
        var keep = new BoolOptional(retain);
        var inputs = new TensorArrayRefOptional()) {
      root.backward(gradient, keep, create, inputs);
    } catch (RuntimeException refused) {
      throw failure(call, refused);
    } finally {
      Reference.reachabilityFence(call);
    }
  }

  /// The exception of the Java hook behind `refused`, thrown; else what libtorch refused.
  private static RuntimeException failure(OpCall call, RuntimeException refused) {
    HookFailures.rethrow(refused);
    return refused instanceof IllegalStateException || refused instanceof IllegalArgumentException
        ? refused
        : new TorchException(call, refused);
  }
}
