package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.pickle.Pickled.Call;
import dev.microtome.tensor.pickle.Pickled.Name;
import dev.microtome.tensor.pickle.Pickled.StorageId;
import dev.microtome.tensor.pickle.Pickled.Truth;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the call that rebuilds a tensor says: which numbers of which storage, in which order.
///
/// @param grid how a quantized tensor's numbers are spread; null for others
record TensorForm(
    StorageForm storage,
    DType dtype,
    long offset,
    Shape shape,
    Shape strides,
    boolean requiresGrad,
    @Nullable Grid grid) {
  /// Scales and zero points: numbers for a whole tensor, tensors per channel.
  sealed interface Grid {
    record Whole(double scale, long zeroPoint) implements Grid {}

    record Channels(Pickled scales, Pickled zeroPoints, long axis, boolean real) implements Grid {}
  }

  private static final int MOST_DIMENSIONS = 64;
  private static final long MOST = 1L << 40; // a stride of 0 makes any number from one

  /// Reads a call that [CallRules] knows, and judges it.
  static TensorForm of(Call call, Fault fault) {
    List<Pickled> args = call.arguments.items;
    return switch (call.function.full()) {
      case AllowedNames.PARAMETER -> parameter(args, fault);
      case AllowedNames.QUANTIZED -> {
        if (args.size() != 7) throw malformed(fault);
        Grid grid = QuantizerRules.grid(CallRules.tuple(args.get(4), "a quantizer", fault), fault);
        yield tensor(args, null, args.get(5), args.get(6), grid, fault);
      }
      case AllowedNames.TENSOR -> {
        if (args.size() != 6) throw malformed(fault);
        yield tensor(args, null, args.get(4), args.get(5), null, fault);
      }
      case AllowedNames.TENSOR_V3 -> {
        if (args.size() != 7 || !(args.get(6) instanceof Name name)) throw malformed(fault);
        yield tensor(args, CallRules.dtype(name, fault), args.get(4), args.get(5), null, fault);
      }
      default -> throw malformed(fault);
    };
  }

  private static TensorForm parameter(List<Pickled> args, Fault fault) {
    if (args.size() != 3
        || !(args.get(0) instanceof Call inner)
        || inner.function.full().equals(AllowedNames.PARAMETER)
        || !(args.get(1) instanceof Truth grad)) {
      throw malformed(fault);
    }
    CallRules.noHooks(args.get(2), fault);
    TensorForm form = of(inner, fault);
    return new TensorForm(
        form.storage, form.dtype, form.offset, form.shape, form.strides, grad.value(), form.grid);
  }

  private static TensorForm tensor(
      List<Pickled> args,
      @Nullable DType said,
      Pickled grad,
      Pickled hooks,
      @Nullable Grid grid,
      Fault fault) {
    if (!(args.get(0) instanceof StorageId id) || !(grad instanceof Truth wantsGrad)) {
      throw malformed(fault);
    }
    CallRules.noHooks(hooks, fault);
    StorageForm storage = StorageForm.of(id, fault);
    DType dtype = said == null ? storage.type().dtype() : said;
    boolean untyped = storage.type() == StorageType.UntypedStorage;
    if ((said != null && !untyped) || dtype.isQuantized() != (grid != null)) {
      throw fault.broken("a %s tensor does not lie in a %s", dtype, storage.type());
    }
    long[] sizes = CallRules.naturals(args.get(2), "a tensor's sizes", fault);
    long[] strides = CallRules.naturals(args.get(3), "a tensor's strides", fault);
    long offset = CallRules.natural(args.get(1), "a tensor's offset", fault);
    var form =
        new TensorForm(
            storage, dtype, offset, new Shape(sizes), new Shape(strides), wantsGrad.value(), grid);
    form.checkBounds(fault);
    return form;
  }

  private void checkBounds(Fault fault) {
    long[] sizes = shape.dims();
    long[] steps = strides.dims();
    if (sizes.length != steps.length || sizes.length > MOST_DIMENSIONS) {
      throw fault.broken("%d sizes and %d strides make no tensor", sizes.length, steps.length);
    }
    try {
      long last = offset;
      long count = 1;
      boolean empty = false;
      for (int i = 0; i < sizes.length; i++) {
        empty |= sizes[i] == 0;
        count = Math.multiplyExact(count, Math.max(1, sizes[i]));
        last = Math.addExact(last, Math.multiplyExact(Math.max(0, sizes[i] - 1), steps[i]));
      }
      if (Math.multiplyExact(count, (long) dtype.bytes()) > MOST) {
        throw fault.refused("a tensor has %d numbers", count);
      }
      long room = room();
      if ((!empty && last >= room) || (empty && offset > room)) {
        throw fault.broken(
            "a tensor reaches to number %d of a storage of %d numbers", last + 1, room);
      }
    } catch (ArithmeticException e) {
      throw fault.broken("a tensor's sizes and strides are beyond 64 bits");
    }
  }

  /// How many numbers of this tensor's type the storage holds.
  private long room() {
    if (storage.type() == StorageType.UntypedStorage) return storage.numel() / dtype.bytes();
    if (dtype != DType.QUINT4X2) return storage.numel();
    long width = shape.rank() == 0 ? 1 : shape.dims()[shape.rank() - 1];
    long rowBytes = (width + 1) / 2; // two numbers a byte, each row begins with a byte
    return rowBytes == 0 ? 0 : storage.numel() / rowBytes * width;
  }

  boolean isContiguous() {
    long expected = 1;
    for (int i = strides.rank() - 1; i >= 0; i--) {
      long size = shape.dims()[i];
      if (size != 1 && strides.dims()[i] != expected) return shape.numel() == 0;
      expected *= Math.max(1, size);
    }
    return true;
  }

  private static TorchFileException malformed(Fault fault) {
    return fault.refused("a tensor is described in a way that is not known");
  }
}
