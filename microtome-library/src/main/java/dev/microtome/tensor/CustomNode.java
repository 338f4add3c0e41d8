package dev.microtome.tensor;

import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.EdgeVector;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Node;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// A node of the autograd graph whose backward is Java.
///
/// libtorch lets only C++ define nodes, so one is borrowed from `_foreach_addcmul`, whose backward
/// passes gradients through unchanged: n in, n out. It is made on dummies, its edges are exchanged
/// for those of the real inputs, and a hook before it turns the one arriving gradient into n. The
/// tensors `addcmul` saves are a [GraphEnd] token; so Java learns when the graph is freed, and a
/// second backward through a freed graph is refused by libtorch itself.
///
/// The output is a view of what the node made: hooks of users and `retain_grad` sit on the view's
/// own node and see the gradient before this one turns it into those of the inputs.
final class CustomNode implements UnaryOperator<TensorVector> {
  static {
    Natives.load();
  }

  /// What printouts call the nodes that are alive, by the node's address.
  private static final Map<Long, String> NAMES = new ConcurrentHashMap<>();

  private final CustomFunction function;
  private final FunctionContext context;
  private final List<Shape> shapes;
  private final boolean[] needsGrad;

  private CustomNode(
      CustomFunction function, FunctionContext context, List<Shape> shapes, boolean[] needsGrad) {
    this.function = function;
    this.context = context;
    this.shapes = shapes;
    this.needsGrad = needsGrad;
  }

  static Tensor apply(CustomFunction function, List<Tensor> inputs) {
    var dense = new ArrayList<DenseTensor>(inputs.size());
    var needsGrad = new boolean[inputs.size()];
    boolean recording = false;
    for (int i = 0; i < needsGrad.length; i++) {
      DenseTensor input = inputs.get(i).dense();
      dense.add(input);
      needsGrad[i] = GradMode.is_enabled() && input.handle().requires_grad();
      recording |= needsGrad[i];
    }
    var context = new FunctionContext(function, dense, needsGrad);
    boolean recorded = false;
    try {
      Tensor output =
          Grad.off(() -> function.forward(context, Collections.unmodifiableList(inputs)));
      context.forwardDone();
      if (!recording) {
        return output;
      }
      Tensor result = record(function, context, dense, needsGrad, output.dense());
      recorded = true;
      return result;
    } finally {
      Reference.reachabilityFence(dense);
      if (!recorded) {
        context.close();
      }
    }
  }

  private static Tensor record(
      CustomFunction function,
      FunctionContext context,
      List<DenseTensor> inputs,
      boolean[] needsGrad,
      DenseTensor output) {
    if (!output.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "%s returned %s numbers; only real ones have gradients: call it inside Grad.off"
              .formatted(function.name(), output.dtype()));
    }
    List<Shape> shapes = inputs.stream().map(DenseTensor::shape).toList();
    var action = new CustomNode(function, context, shapes, needsGrad);
    return attach(inputs, needsGrad, output, context, action, function.gradFn());
  }

  /// Makes the node; the returned view of `output` is its result.
  private static Tensor attach(
      List<DenseTensor> inputs,
      boolean[] needsGrad,
      DenseTensor output,
      FunctionContext context,
      UnaryOperator<TensorVector> action,
      String gradFn) {
    var end = new CarrierEnd(context);
    List<Tensor> carriers = carriers(inputs.size(), end);
    try (var node = ((DenseTensor) carriers.get(0)).handle().grad_fn();
        var edges = edges(inputs, needsGrad);
        var bare = output.handle().detach()) {
      node.set_next_edges(edges);
      node.clear_input_metadata();
      torch.create_gradient_edge(bare, node);
      end.hook = CarrierHook.enter(node, action);
      end.node = node.address();
      NAMES.put(node.address(), gradFn);
      return DenseTensor.own(bare.view_as(bare));
    } finally {
      Reference.reachabilityFence(output);
      carriers.forEach(carrier -> carrier.dense().close());
    }
  }

  /// The name of the function behind `view`, the node of a tensor that [#apply] returned; null for
  /// any other node.
  static @Nullable String nameBehind(Node view) {
    if (NAMES.isEmpty() || view.num_outputs() == 0 || view.next_edges().size() == 0) {
      return null;
    }
    try (var edge = view.next_edge(0);
        var node = edge.function()) {
      return node == null || node.isNull() ? null : NAMES.get(node.address());
    }
  }

  private static List<Tensor> carriers(int count, CarrierEnd end) {
    DenseTensor token = GraphEnd.token(end);
    try {
      List<Tensor> dummies = Collections.nCopies(count, Dummy.LEAF);
      List<Tensor> tokens = Collections.nCopies(count, token);
      return Ops.list("aten::_foreach_addcmul", dummies, tokens, tokens, 0);
    } finally {
      token.close();
    }
  }

  /// Where the gradients go: to what made the inputs; nowhere for the tokens.
  private static EdgeVector edges(List<DenseTensor> inputs, boolean[] needsGrad) {
    var edges = new EdgeVector(3L * inputs.size());
    for (int i = 0; i < needsGrad.length; i++) {
      if (needsGrad[i]) {
        // A view's only edge leads to what made its base; libtorch's own call for this is not
        // mapped.
        var input = inputs.get(i).handle();
        try (var view = input.view_as(input);
            var node = view.grad_fn();
            var edge = node.next_edge(0)) {
          edges.put(i, edge);
        }
      }
    }
    return edges;
  }

  /// From the gradient of the output to those of the inputs, inside a backward pass.
  @Override
  public TensorVector apply(TensorVector arriving) {
    var result = new TensorVector(shapes.size());
    boolean done = false;
    try {
      try (var gradient = arriving.get(0)) {
        if (gradient.defined()) {
          run(gradient, result);
        }
      }
      done = true;
      return result;
    } finally {
      if (!done) {
        result.close();
      }
    }
  }

  private void run(org.bytedeco.pytorch.Tensor arriving, TensorVector result) {
    if (GradMode.is_enabled() && !function.twiceDifferentiable()) {
      throw new UnsupportedOperationException(
          function.name()
              + " has no second derivative: run backward without createGraph, or let"
              + " twiceDifferentiable() return true");
    }
    Scope.run(() -> {
      Tensor gradient = DenseTensor.own(new org.bytedeco.pytorch.Tensor(arriving));
      var gradients = function.backward(context, gradient);
      if (gradients.size() != shapes.size()) {
        throw new IllegalArgumentException(
            "backward of %s gave %d gradients for %d inputs"
                .formatted(function.name(), gradients.size(), shapes.size()));
      }
      for (int i = 0; i < gradients.size(); i++) {
        Tensor each = gradients.get(i);
        if (each != null && needsGrad[i]) {
          result.put(i, checked(i, each).handle());
        }
      }
    });
  }

  private DenseTensor checked(int input, Tensor gradient) {
    DenseTensor dense = gradient.dense();
    if (!dense.shape().equals(shapes.get(input))) {
      throw new IllegalArgumentException(
          "backward of %s gave a gradient of shape %s for input %d, whose shape is %s"
              .formatted(function.name(), dense.shape(), input, shapes.get(input)));
    }
    return dense;
  }

  /// Frees what the node used, once nobody can run its backward again.
  private static final class CarrierEnd implements Runnable {
    private final FunctionContext context;
    private volatile @Nullable CarrierHook hook;
    private volatile long node;

    CarrierEnd(FunctionContext context) {
      this.context = context;
    }

    @Override
    public void run() {
      context.close();
      NAMES.remove(node);
      CarrierHook current = hook;
      if (current != null) {
        current.leave();
      }
    }
  }

  private static final class Dummy {
    static final Tensor LEAF = make();

    private static Tensor make() { // not through the door: inside Device.META.run it would be meta
      try (var options = new TensorOptions(torch.ScalarType.Float)) {
        var leaf = torch.empty(new long[] {0}, options, new MemoryFormatOptional());
        leaf.set_requires_grad(true);
        return DenseTensor.own(leaf).save();
      }
    }
  }
}
