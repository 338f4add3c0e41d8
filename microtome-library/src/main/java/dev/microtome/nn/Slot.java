package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/// A named place in a network whose layer may be exchanged for any other of the same function type:
/// `mlp.fc.set(new LowBitLinear(…))` compiles, `mlp.fc.set(new Lstm(…))` does not.
///
/// PyTorch exchanges layers by assigning to attributes; a `final Linear fc` field can't hold a
/// quantized one, a slot can.
@SuppressWarnings("ReferenceEquality") // layers are themselves, not values
public final class Slot<I, O> {
  /// A child stays; the others are exchangeable, inner ones besides not printed.
  enum Kind {
    CHILD,
    EXCHANGEABLE,
    INNER
  }

  private static final AtomicLong EXCHANGES = new AtomicLong();

  private final Layer<?, ?> owner;
  private final String name;
  private final Kind kind;
  private Layer<I, O> occupant;

  Slot(Layer<?, ?> owner, String name, Layer<I, O> first, Kind kind) {
    this.owner = owner;
    this.name = name;
    this.kind = kind;
    this.occupant = accept(first);
  }

  /// Runs the layer that sits here.
  public O apply(I input) {
    return occupant.apply(input);
  }

  /// The layer that sits here.
  public Layer<I, O> get() {
    return occupant;
  }

  /// Puts `next` here, in the training mode of the layer it replaces.
  public void set(Layer<I, O> next) {
    if (!isExchangeable()) {
      throw new IllegalStateException(
          "'%s' of %s is a child that stays; only slots are exchanged"
              .formatted(name, owner.name()));
    }
    Layer<I, O> accepted = accept(next);
    Layer<I, O> before = occupant;
    accepted.train(before.isTraining());
    if (before.place() == this && before != accepted) {
      before.place(null);
    }
    occupant = accepted;
    EXCHANGES.incrementAndGet();
  }

  /// Like [#set], with the tensors of the layer that sat here: parameters and buffers of the same
  /// name are one from then on, so numbers, ties and optimizers stay.
  ///
  /// @throws IllegalArgumentException when shapes differ; then nothing was changed
  public void succeed(Layer<I, O> next) {
    Map<String, TensorSlot> before = occupant.tensors();
    next.tensors()
        .forEach((name, slot) -> {
          Tensor own = slot.orNull();
          Tensor other = before.containsKey(name) ? before.get(name).orNull() : null;
          if (own != null && other != null && !own.shape().equals(other.shape())) {
            throw new IllegalArgumentException(
                "'%s' of %s is %s, that of %s is %s"
                    .formatted(
                        name,
                        LayerPaths.describe(occupant),
                        other.shape(),
                        next.name(),
                        own.shape()));
          }
        });
    next.tensors()
        .forEach((name, slot) -> {
          TensorSlot other = before.get(name);
          if (other != null && other.isPresent()) {
            slot.tieTo(other);
          }
        });
    set(next);
  }

  /// How many exchanges there have been so far, of any slot: tells whoever remembers what stood
  /// where to look again.
  public static long exchanges() {
    return EXCHANGES.get();
  }

  /// The name this place has in its layer.
  public String name() {
    return name;
  }

  Layer<?, ?> owner() {
    return owner;
  }

  boolean isExchangeable() {
    return kind != Kind.CHILD;
  }

  boolean isPrinted() {
    return kind != Kind.INNER;
  }

  private Layer<I, O> accept(Layer<I, O> layer) {
    Objects.requireNonNull(layer, () -> "no layer for '%s' of %s".formatted(name, owner.name()));
    for (Layer<?, ?> above = owner; ; ) {
      if (above == layer) {
        throw new IllegalArgumentException(
            "%s can't sit inside itself at '%s'".formatted(layer.name(), name));
      }
      Slot<?, ?> place = above.place();
      if (place == null) {
        break;
      }
      above = place.owner();
    }
    layer.place(this);
    return layer;
  }

  @Override
  public String toString() {
    return "(" + name + "): " + occupant;
  }
}
