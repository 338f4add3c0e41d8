package dev.microtome.nn;

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
