package dev.microtome.nn;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A function from `I` to `O` with parameters, buffers, named children and hooks: PyTorch's
/// `Module`. Several inputs or outputs are a record, whose components are its tree.
///
/// ```java
/// final class Mlp extends Layer<Tensor, Tensor> {
///   private final Slot<Tensor, Tensor> up = slot("up", new Linear(48, 192));
///   private final Slot<Tensor, Tensor> down = slot("down", new Linear(192, 48));
///
///   @Override protected Tensor forward(Tensor x) {
///     return down.apply(up.apply(x).relu());
///   }
/// }
/// ```
///
/// Names are the checkpoint's. Leaves (linear, conv, norm, activation) sit in slots, composite
/// blocks are children. What changes while a layer runs lives in buffers, never in Java fields, so
/// that a shape-only run can't disturb it.
public abstract class Layer<I, O> {
  private final Map<String, Slot<?, ?>> children = new LinkedHashMap<>();
  private final Map<String, TensorSlot> tensors = new LinkedHashMap<>();
  private Hook[] inputHooks = Hook.NONE;
  private Hook[] outputHooks = Hook.NONE;
  private boolean training = true;
  private @Nullable Slot<?, ?> place; // where this layer sits, for messages

  /// What the layer computes. Callers use [#apply].
  protected abstract O forward(I input);

  /// Runs the input hooks, [#forward], and the output hooks. A [TorchException] from inside says
  /// which layer it came from.
  @SuppressWarnings("unchecked") // a hook answers for the type of what it returns
  public final O apply(I input) {
    try {
      Object in = inputHooks.length == 0 ? input : Hook.runAll(inputHooks, this, input);
      O out = in instanceof Hook.Skip(Object output) ? (O) output : forward((I) in);
      return outputHooks.length == 0 ? out : (O) Hook.runAll(outputHooks, this, out);
    } catch (TorchException refused) {
      throw refused.insideLayer(LayerPaths.describe(this));
    }
  }

  // ---- for subclasses: what the layer is made of ----

  /// Adds a child that stays. It is returned as itself, so that callers can reach deeper.
  protected final <L extends Layer<?, ?>> L child(String name, L layer) {
    Layer<?, ?> any = layer;
    place(name, any, Slot.Kind.CHILD);
    return layer;
  }

  /// Adds a place where any layer of the same function type may sit, `first` to begin with.
  protected final <A, B> Slot<A, B> slot(String name, Layer<A, B> first) {
    return place(name, first, Slot.Kind.EXCHANGEABLE);
  }

  /// Adds a place for what PyTorch computes without a module, such as an attention pattern: traces
  /// and hooks reach it by its path, [#toString] and summaries leave it out.
  protected final <A, B> Slot<A, B> inner(String name, Layer<A, B> first) {
    return place(name, first, Slot.Kind.INNER);
  }

  private <A, B> Slot<A, B> place(String name, Layer<A, B> layer, Slot.Kind kind) {
    checkName(name);
    var slot = new Slot<>(this, name, layer, kind);
    children.put(name, slot);
    return slot;
  }

  /// Adds a trainable tensor; read it through the returned slot, since loading may replace it.
  protected final TensorSlot parameter(String name, Tensor tensor) {
    checkName(name);
    var slot =
        new TensorSlot(
            TensorSlot.Kind.PARAMETER,
            tensor.dtype().isFloatingPoint() ? tensor.requiresGrad_(true) : tensor);
    tensors.put(name, slot);
    return slot;
  }

  /// Adds a parameter that this layer was built without, a switched-off bias for example.
  protected final TensorSlot absentParameter(String name) {
    checkName(name);
    var slot = new TensorSlot(TensorSlot.Kind.PARAMETER, null);
    tensors.put(name, slot);
    return slot;
  }

  /// Adds a tensor that is saved but not trained.
  protected final TensorSlot buffer(String name, Tensor tensor) {
    return buffer(name, tensor, true);
  }

  /// Adds a tensor that is not trained; one that is not `persistent` is left out of the state dict.
  protected final TensorSlot buffer(String name, Tensor tensor, boolean persistent) {
    checkName(name);
    var slot =
        new TensorSlot(persistent ? TensorSlot.Kind.BUFFER : TensorSlot.Kind.SCRATCH, tensor);
    tensors.put(name, slot);
    return slot;
  }

  /// Adds a tensor that is saved but not trained and keeps its dtype when the network is converted.
  protected final TensorSlot fixedBuffer(String name, Tensor tensor) {
    checkName(name);
    var slot = new TensorSlot(TensorSlot.Kind.FIXED, tensor);
    tensors.put(name, slot);
    return slot;
  }

  /// Makes the parameter at `path` and the one at `same` one tensor from now on (tied weights).
  protected final void tie(String path, String same) {
    State.slot(this, path).tieTo(State.slot(this, same));
  }

  /// What stands between the parentheses of [#toString], PyTorch's `extra_repr`.
  protected String describe() {
    return "";
  }

  /// The class name that [#toString] prints.
  protected String name() {
    String simple = getClass().getSimpleName();
    return simple.isEmpty() ? "Layer" : simple;
  }

  /// A layer built as this one was, its numbers not mattering: `return new Mlp(config);`. Needed by
  /// [#copy] only.
  protected Layer<I, O> twin() {
    throw new UnsupportedOperationException(
        getClass().getName() + " can't be copied: override twin(), return new " + name() + "(…)");
  }

  private void checkName(String name) {
    if (name.isEmpty() || name.indexOf('.') >= 0) {
      throw new IllegalArgumentException(
          "'%s' can't name a part of %s: names have no dots and are not empty; use a LayerList"
              .formatted(name, name()));
    }
    if (children.containsKey(name) || tensors.containsKey(name)) {
      throw new IllegalArgumentException("%s already has a '%s'".formatted(name(), name));
    }
  }

  // ---- the tree ----

  /// Every layer by path, parents first; this one's path is empty.
  public final Map<String, Layer<?, ?>> namedLayers() {
    var found = new LinkedHashMap<String, Layer<?, ?>>();
    LayerPaths.forEach(this, found::put);
    return Collections.unmodifiableMap(found);
  }

  /// The layer at a path such as `transformer.h.3.mlp`.
  ///
  /// @throws NoSuchLayerException when there is none; the message suggests near paths
  public final Layer<?, ?> layer(String path) {
    return LayerPaths.find(this, path);
  }

  /// Every exchangeable place by path.
  public final Map<String, Slot<?, ?>> namedSlots() {
    var found = new LinkedHashMap<String, Slot<?, ?>>();
    LayerPaths.forEach(
        this,
        (path, layer) ->
            layer.children.forEach((name, slot) -> {
              if (slot.isExchangeable()) {
                found.put(LayerPaths.join(path, name), slot);
              }
            }));
    return Collections.unmodifiableMap(found);
  }

  /// The exchangeable place at a path.
  ///
  /// @throws NoSuchLayerException when there is no layer or its place is not exchangeable
  public final Slot<?, ?> slot(String path) {
    return LayerPaths.findSlot(this, path);
  }

  // ---- parameters and buffers ----

  /// Every parameter by path; tied ones once.
  public final Map<String, Tensor> namedParameters() {
    return State.parameters(this, tensor -> true);
  }

  /// The parameters that want a gradient, by path.
  public final Map<String, Tensor> trainable() {
    return State.parameters(this, Tensor::requiresGrad);
  }

  /// Every buffer by path, persistent or not.
  public final Map<String, Tensor> namedBuffers() {
    return State.buffers(this);
  }

  /// The parameter or buffer at a path; a wrong one is an [IllegalArgumentException] with near
  /// paths.
  public final Tensor tensor(String path) {
    return State.slot(this, path).get();
  }

  /// Every parameter, tied ones once.
  public final Iterable<Tensor> parameters() {
    return namedParameters().values();
  }

  /// Numbers in all parameters, tied ones once.
  public final long parameterCount() {
    return namedParameters().values().stream().mapToLong(Tensor::numel).sum();
  }

  /// Parameters and persistent buffers by path in PyTorch's order, tied ones under each name. They
  /// share memory with the layer.
  public final Map<String, Tensor> stateDict() {
    return State.dict(this);
  }

  /// Takes over numbers by path, converted to this layer's dtypes. All keys and shapes must fit.
  ///
  /// @throws StateDictException when one does not; then nothing was changed
  public final LoadReport load(Map<String, ? extends Tensor> state) {
    return StateLoading.strictly(this, state);
  }

  /// Like [#load], but takes what fits and reports the rest.
  public final LoadReport loadMatching(Map<String, ? extends Tensor> state) {
    return StateLoading.matching(this, state);
  }

  /// Converts floating-point parameters and buffers.
  public final Layer<I, O> to(DType dtype) {
    State.convert(this, dtype);
    return this;
  }

  /// The same network with its own numbers. Hooks stay behind.
  @SuppressWarnings("unchecked")
  public final Layer<I, O> copy() {
    return (Layer<I, O>) LayerCopy.of(this);
  }

  /// The same network with its own numbers, and with other layers in the slots that `exchanges`
  /// names by path. What they replace is not copied.
  ///
  /// @throws NoSuchLayerException when there is no slot at a path
  @SuppressWarnings("unchecked")
  public final Layer<I, O> copyWith(Map<String, ? extends Layer<?, ?>> exchanges) {
    exchanges.keySet().forEach(this::slot);
    return (Layer<I, O>) LayerCopy.of(this, exchanges);
  }

  // ---- modes ----

  /// Training mode, in which dropout drops and batch norm learns; on for new layers.
  public final Layer<I, O> train() {
    return train(true);
  }

  public final Layer<I, O> eval() {
    return train(false);
  }

  public final Layer<I, O> train(boolean on) {
    LayerPaths.forEach(this, (_, layer) -> layer.training = on);
    return this;
  }

  public final boolean isTraining() {
    return training;
  }

  /// No parameter wants a gradient any more.
  public final Layer<I, O> freeze() {
    return requireGradients(false);
  }

  /// Every floating-point parameter wants a gradient.
  public final Layer<I, O> unfreeze() {
    return requireGradients(true);
  }

  private Layer<I, O> requireGradients(boolean on) {
    for (Tensor parameter : parameters()) {
      if (parameter.dtype().isFloatingPoint()) {
        parameter.requiresGrad_(on);
      }
    }
    return this;
  }

  /// Forgets the gradients of all parameters.
  public final void zeroGrad() {
    parameters().forEach(Tensor::clearGrad);
  }

  // ---- hooks ----

  /// Sees, and may replace, each input before [#forward]; several run in the order they came.
  public final Hook onInput(Hook.Action action) {
    return onInput(action, Hook.Turn.LAST);
  }

  /// The same, before or after the hooks that are there already.
  public final Hook onInput(Hook.Action action, Hook.Turn turn) {
    var hook = new Hook(action, gone -> inputHooks = Hook.without(inputHooks, gone));
    inputHooks = Hook.with(inputHooks, hook, turn);
    return hook;
  }

  /// Sees, and may replace, each output after [#forward].
  public final Hook onOutput(Hook.Action action) {
    return onOutput(action, Hook.Turn.LAST);
  }

  /// The same, before or after the hooks that are there already.
  public final Hook onOutput(Hook.Action action, Hook.Turn turn) {
    var hook = new Hook(action, gone -> outputHooks = Hook.without(outputHooks, gone));
    outputHooks = Hook.with(outputHooks, hook, turn);
    return hook;
  }

  /// Whether somebody watches this layer, so that a faster way around it would be noticed.
  public final boolean isHooked() {
    return inputHooks.length > 0 || outputHooks.length > 0;
  }

  /// PyTorch's tree.
  @Override
  public final String toString() {
    return LayerPrinter.print(this);
  }

  /// Where this layer sits, for messages: `transformer.h.3.mlp (GPT2MLP)`.
  public final String where() {
    return LayerPaths.describe(this);
  }

  // ---- for the files beside this one ----

  final Map<String, Slot<?, ?>> children() {
    return children;
  }

  final Map<String, TensorSlot> tensors() {
    return tensors;
  }

  final @Nullable Slot<?, ?> place() {
    return place;
  }

  final void place(@Nullable Slot<?, ?> place) {
    this.place = place;
  }

  final void trainOnlyThis(boolean on) {
    training = on;
  }
}
