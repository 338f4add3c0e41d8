package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.Pickled.Call;
import dev.microtome.tensor.pickle.TensorForm.Grid;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.Map;

/// Makes tensors over the storages of a checkpoint. Those that shared a storage share it again.
final class Storages {
  private record Part(String key, DType dtype) {}

  private final Container container;
  private final Fault fault;
  private final Map<Part, DenseTensor> whole = new HashMap<>();

  Storages(Container container, Fault fault) {
    this.container = container;
    this.fault = fault;
  }

  /// The tensor a call rebuilds.
  Tensor tensor(Call call) {
    TensorForm form = TensorForm.of(call, fault);
    Tensor tensor = Device.CPU.run(() -> build(form));
    return form.requiresGrad() && form.dtype().isFloatingPoint()
        ? tensor.requiresGrad_(true)
        : tensor;
  }

  private Tensor build(TensorForm form) {
    if (form.dtype() == DType.QUINT4X2) return FourBitTensors.of(this, container, form);
    if (form.grid() == null) return strided(base(form.storage(), form.dtype()), form);
    DType plain = plain(form.dtype());
    DenseTensor numbers = base(form.storage(), plain);
    return switch (form.grid()) {
      case Grid.Whole(double scale, long zero) ->
          strided(
              Ops.tensor("aten::_make_per_tensor_quantized_tensor", numbers, scale, zero), form);
      case Grid.Channels channels ->
          Ops.tensor(
              "aten::_make_per_channel_quantized_tensor",
              strided(numbers, form),
              tensor((Call) channels.scales()),
              tensor((Call) channels.zeroPoints()),
              channels.axis());
    };
  }

  private static Tensor strided(Tensor base, TensorForm form) {
    return base.asStrided(form.shape().dims(), form.strides().dims(), form.offset());
  }

  /// The whole numbers that stand for a quantized tensor's.
  static DType plain(DType quantized) {
    return switch (quantized) {
      case QINT8 -> DType.INT8;
      case QINT32 -> DType.INT32;
      default -> DType.UINT8;
    };
  }

  private DenseTensor base(StorageForm storage, DType dtype) {
    return whole.computeIfAbsent(
        new Part(storage.key(), dtype),
        _ -> {
          long count = storage.bytes() / dtype.bytes();
          if (count == 0) return (DenseTensor) Tensor.empty(new Shape(0), dtype);
          var bytes = container.storage(storage.key()).asSlice(0, count * dtype.bytes());
          return DenseTensor.view(sound(bytes, dtype), dtype, new Shape(count));
        });
  }

  /// The bytes, or a copy where libtorch could not read them as they lie: at an odd address, or as
  /// booleans that are neither 0 nor 1.
  private static MemorySegment sound(MemorySegment bytes, DType dtype) {
    boolean aligned = bytes.address() % dtype.bytes() == 0;
    if (aligned && (dtype != DType.BOOL || isBoolean(bytes))) return bytes;
    var copy = Arena.ofAuto().allocate(bytes.byteSize(), 64);
    copy.copyFrom(bytes);
    for (long i = 0; dtype == DType.BOOL && i < copy.byteSize(); i++) {
      boolean set = copy.get(ValueLayout.JAVA_BYTE, i) != 0;
      copy.set(ValueLayout.JAVA_BYTE, i, (byte) (set ? 1 : 0));
    }
    return copy;
  }

  private static boolean isBoolean(MemorySegment bytes) {
    for (long i = 0; i < bytes.byteSize(); i++) {
      if ((bytes.get(ValueLayout.JAVA_BYTE, i) & ~1) != 0) return false;
    }
    return true;
  }
}
