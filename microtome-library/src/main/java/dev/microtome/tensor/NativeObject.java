package dev.microtome.tensor;

import org.bytedeco.pytorch.IValue;

/// A value of libtorch that is no tensor, such as the packed weights `quantized::linear_prepack`
/// returns: it can only be handed back to another operation.
public final class NativeObject {
  final IValue value;

  NativeObject(IValue value) {
    this.value = value;
    IValue owned = value;
    NativeMemory.CLEANER.register(this, owned::close);
  }

  @Override
  public String toString() {
    return "NativeObject(" + value.tagKind().getString() + ")";
  }
}
