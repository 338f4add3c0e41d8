package dev.microtome.trace;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.UserCode;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Records branches and loops: their bodies run once, now, and what they record stands in them.
final class ControlFlow {
  private final Recording recording;
  private final Recorder recorder;
  private final Graph graph;

  ControlFlow(Recording recording) {
    this.recording = recording;
    this.recorder = recording.recorder();
    this.graph = recording.graph();
  }

  <R extends @Nullable Object> R when(Tensor condition, Supplier<R> then, Supplier<R> otherwise) {
    if (!(condition instanceof Deferred deferred) || !deferred.origin().isOpen()) {
      return condition.item() != 0 ? then.get() : otherwise.get(); // a number already
    }
    refuseSeveral(deferred, "a condition");
    var on = (Step.Ref) recorder.reference(condition);
    Node open = recorder.add(new Step.Branch(on, true), recorder.orderOf(on));
    R yes = inside(open, then);
    Node shut = recorder.add(new Step.Branch(on, false), recorder.orderOf(on));
    R no = inside(shut, otherwise);
    return choice(open, yes, no);
  }

  private <R extends @Nullable Object> R inside(Node guard, Supplier<R> body) {
    int outer = graph.inside();
    graph.enter(guard.id());
    try {
      return body.get();
    } finally {
      graph.enter(outer);
    }
  }

  private <R extends @Nullable Object> R choice(Node branch, R yes, R no) {
    List<Tensor> left = Values.tensors(yes);
    List<Tensor> right = Values.tensors(no);
    if (left.size() != right.size()) {
      throw new IllegalArgumentException(
          "both branches must return alike: one returns %d tensors, the other %d%s"
              .formatted(left.size(), right.size(), at()));
    }
    Iterator<Tensor> other = right.iterator();
    return Values.map(yes, tensor -> choice(branch, tensor, other.next()));
  }

  @SuppressWarnings("ReferenceEquality") // the very same value on both sides needs no choice
  private Tensor choice(Node branch, Tensor yes, Tensor no) {
    if (yes == no) {
      return yes;
    }
    ShapeOnly known = alike("both branches must return alike", yes, no);
    Object then = recorder.reference(yes);
    Object otherwise = recorder.reference(no);
    var step = new Step.Choose(new Step.Ref(branch.id()), then, otherwise);
    int order = Math.max(recorder.orderOf(then), recorder.orderOf(otherwise));
    return new Deferred(recording, recorder.add(step, order), known);
  }

  /// @param times a [Long], or a tensor of one number
  <R extends @Nullable Object> R repeat(Object times, R start, BiFunction<Tensor, R, R> body) {
    if (times instanceof Deferred deferred) {
      refuseSeveral(deferred, "how often to repeat");
    } else if (times instanceof Long count && count < 0) {
      throw new IllegalArgumentException("can't repeat " + count + " times" + at());
    }
    List<Tensor> first = Values.tensors(start);
    List<Object> references = first.stream().map(recorder::reference).toList();
    Object count = times instanceof Tensor tensor ? recorder.reference(tensor) : times;
    int before = Math.max(recorder.orderOf(count), recorder.orderOf(references));
    Node loop = recorder.add(new Step.Repeat(count, references), before);
    inside(
        loop,
        () -> {
          ShapeOnly counter = ShapeOnly.of(new Shape(), DType.INT64);
          Tensor round = state(loop, 0, recording.isScanned() ? counter : null);
          R next = body.apply(round, states(loop, start));
          recorder.add(new Step.Next(new Step.Ref(loop.id()), references(first, next)), 0);
          return loop;
        });
    recorder.raise(loop);
    return states(loop, start);
  }

  private <R extends @Nullable Object> R states(Node loop, R start) {
    int[] index = {1};
    return Values.map(start, tensor -> state(loop, index[0]++, recorder.knownOf(tensor)));
  }

  private Tensor state(Node loop, int index, @Nullable ShapeOnly known) {
    var pick = new Step.Pick(new Step.Ref(loop.id()), index);
    Node node = recorder.add(pick, recorder.orderOf(new Step.Ref(loop.id())));
    return new Deferred(recording, node, known == null ? null : known.detached());
  }

  private List<Object> references(List<Tensor> first, @Nullable Object next) {
    List<Tensor> tensors = Values.tensors(next);
    if (tensors.size() != first.size()) {
      throw new IllegalArgumentException(
          "a round must return what it got: %d tensors, not %d%s"
              .formatted(first.size(), tensors.size(), at()));
    }
    var references = new ArrayList<Object>();
    for (int i = 0; i < tensors.size(); i++) {
      ShapeOnly _ = alike("a round must return what it got", first.get(i), tensors.get(i));
      references.add(recorder.reference(tensors.get(i)));
    }
    return references;
  }

  /// What stays the same of two values; null when one is not known before the run.
  private @Nullable ShapeOnly alike(String rule, Tensor one, Tensor other) {
    ShapeOnly left = recorder.knownOf(one);
    ShapeOnly right = recorder.knownOf(other);
    if (left == null || right == null) {
      return null;
    }
    if (!left.shape().equals(right.shape()) || left.dtype() != right.dtype()) {
      throw new IllegalArgumentException(
          "%s: %s%s and %s%s differ%s"
              .formatted(
                  rule,
                  left.dtype().label(),
                  left.shape(),
                  right.dtype().label(),
                  right.shape(),
                  at()));
    }
    return left.detached();
  }

  private static void refuseSeveral(Deferred value, String what) {
    ShapeOnly known = value.known();
    if (known != null && known.numel() != 1) {
      throw new IllegalArgumentException(
          "%s must be one number, got %s; reduce it, for example with any() or sum()%s"
              .formatted(what, known.shape(), at()));
    }
  }

  private static String at() {
    String line = UserCode.line();
    return line == null ? "" : " (at " + line + ")";
  }
}
