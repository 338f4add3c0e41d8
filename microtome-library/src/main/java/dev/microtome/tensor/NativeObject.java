package dev.microtome.tensor;

import java.util.List;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.Type;

/// A value of libtorch that is no tensor, such as the packed weights `quantized::linear_prepack`
/// returns: it can only be handed back to another operation.
public final class NativeObject {
  static {
    Natives.load();
  }

  final IValue value;

  NativeObject(IValue value) {
    this.value = value;
    IValue owned = value;
    NativeMemory.CLEANER.register(this, owned::close);
  }

  /// Several such values as the one list that parameter `index` of an operation wants, boxed once:
  /// the cells of a quantized LSTM, for example. The operation must have one overload only, or say
  /// which with `name.overload`.
  public static NativeObject listFor(String operation, int index, List<NativeObject> items) {
    int dot = operation.indexOf('.');
    var handle =
        Dispatcher.singleton()
            .findSchemaOrThrow(
                dot < 0 ? operation : operation.substring(0, dot),
                dot < 0 ? "" : operation.substring(dot + 1));
    var listType = handle.schema().arguments().getPointer(index).type().get();
    try (var list = new GenericList(new Type.TypePtr(listType.containedType(0)))) {
      for (var item : items) list.push_back(item.value);
      return new NativeObject(new IValue(list));
    }
  }

  @Override
  public String toString() {
    return "NativeObject(" + value.tagKind().getString() + ")";
  }
}
