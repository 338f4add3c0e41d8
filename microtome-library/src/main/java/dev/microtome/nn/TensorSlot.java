package dev.microtome.nn;

import dev.microtome.tensor.Tensor;
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
    return tied == null ? tensor : tied.orNull();
  }

  public boolean isPresent() {
    return orNull() != null;
  }

  /// Puts another tensor here, in every slot tied to this one too.
  public void set(Tensor next) {
    if (tied == null) {
      tensor = next.save();
    } else {
      tied.set(next);
    }
  }

  Kind kind() {
    return kind;
  }

  /// The slot that really holds the tensor; tied slots have the same.
  TensorSlot root() {
    return tied == null ? this : tied.root();
  }

  void tieTo(TensorSlot other) {
    if (other.root() != root()) {
      TensorSlot mine = root();
      mine.tied = other.root();
      mine.tensor = null;
    }
  }
}
