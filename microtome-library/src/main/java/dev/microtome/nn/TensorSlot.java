package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A named place in a layer that holds a parameter or buffer. Loading, converting and leaving the
/// meta device put another tensor into it, so a layer keeps the slot and reads it when it runs.
/// Memory scopes never free what sits here.
public final class TensorSlot {
  /// A fixed one is a buffer whose dtype stays, scratch is left out of the state dict.
  enum Kind {
    PARAMETER,
    BUFFER,
    FIXED,
    SCRATCH
  }

  private final Kind kind;
  private @Nullable Tensor tensor;
  private @Nullable TensorSlot tied;
  private @Nullable TensorSlot standIn;
  private Map<String, TensorSlot> standIns = Map.of();

  TensorSlot(Kind kind, @Nullable Tensor tensor) {
    this.kind = kind;
    this.tensor = tensor == null ? null : tensor.save();
  }

  /// The tensor that sits here.
  public Tensor get() {
    Tensor found = orNull();
    if (found == null) {
      throw new IllegalStateException("the layer was built without this parameter");
    }
    return found;
  }

  /// The tensor that sits here, or null when the layer was built without it.
  public @Nullable Tensor orNull() {
    return root().tensor;
  }

  public boolean isPresent() {
    return orNull() != null;
  }

  /// Puts another tensor here, in every slot tied to this one too.
  public void set(Tensor next) {
    root().tensor = next.save();
  }

  Kind kind() {
    return kind;
  }

  /// The slot that really holds the tensor; tied slots have the same, unless something stands in
  /// for one of them.
  TensorSlot root() {
    return standIn == null ? ownRoot() : standIn;
  }

  /// The same, whatever stands in.
  TensorSlot ownRoot() {
    return tied == null ? this : tied.ownRoot();
  }

  /// The tensor that sits here, whatever stands in for it.
  Tensor own() {
    Tensor found = ownRoot().tensor;
    if (found == null) {
      throw new IllegalStateException("the layer was built without this parameter");
    }
    return found;
  }

  void own(Tensor next) {
    ownRoot().tensor = next.save();
  }

  void tieTo(TensorSlot other) {
    if (other.ownRoot() != ownRoot()) {
      TensorSlot mine = ownRoot();
      mine.tied = other.ownRoot();
      mine.tensor = null;
    }
  }

  // ---- for StandIns ----

  /// What may stand in for this slot's tensor, by name.
  Map<String, TensorSlot> standIns() {
    return standIns;
  }

  void standIns(Map<String, TensorSlot> next) {
    standIns = Map.copyOf(next);
  }

  @Nullable TensorSlot standIn() {
    return standIn;
  }

  /// Lets another slot's tensor be seen here, in none of the slots tied to this one; null for none.
  void standIn(@Nullable TensorSlot next) {
    standIn = next;
  }
}
