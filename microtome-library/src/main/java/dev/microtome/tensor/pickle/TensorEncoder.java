package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.Pickled.Call;
import dev.microtome.tensor.pickle.Pickled.Real;
import dev.microtome.tensor.pickle.Pickled.StorageId;
import dev.microtome.tensor.pickle.Pickled.Text;
import dev.microtome.tensor.pickle.Pickled.Truth;
import dev.microtome.tensor.pickle.Pickled.Tuple;
import dev.microtome.tensor.pickle.Pickled.Whole;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/// Tensors as the calls that rebuild them, and their storages.
final class TensorEncoder {
  private static final String UTILS = "torch._utils";

  private record Key(long address, DType dtype) {}

  private final Encoder encoder;
  private final Map<String, MemorySegment> storages = new LinkedHashMap<>();
  private final Map<Key, Text> keys = new HashMap<>();
  private final Text tag = new Text("storage");
  private final Text cpu = new Text("cpu");

  TensorEncoder(Encoder encoder) {
    this.encoder = encoder;
  }

  Map<String, MemorySegment> storages() {
    return storages;
  }

  Call parameter(DenseTensor tensor) {
    Call inner = (Call) encoder.encode(tensor.detach());
    return encoder.call(UTILS, "_rebuild_parameter", inner, new Truth(true), encoder.noHooks());
  }

  /// The order of evaluation is the order in which Python meets the storages.
  Call encode(DenseTensor tensor) {
    Tensor plain = tensor;
    if (tensor.dtype().isComplex()) {
      plain = Ops.tensor("aten::resolve_neg", Ops.tensor("aten::resolve_conj", plain));
    }
    DenseTensor stored = plain.dense();
    StorageId storage = storage(stored);
    Whole offset = Whole.of(stored.storageOffset());
    Tuple sizes = Encoder.longs(stored.shape().dims());
    Tuple strides = Encoder.longs(stored.strides());
    Truth grad = new Truth(tensor.requiresGrad());
    if (stored.dtype().isQuantized()) {
      Tuple grid = grid(stored);
      return encoder.call(
          UTILS,
          "_rebuild_qtensor",
          storage,
          offset,
          sizes,
          strides,
          grid,
          grad,
          encoder.noHooks());
    }
    if (StorageType.of(stored.dtype()) == StorageType.UntypedStorage) {
      Pickled dtype = encoder.encode(stored.dtype());
      return encoder.call(
          UTILS,
          "_rebuild_tensor_v3",
          storage,
          offset,
          sizes,
          strides,
          grad,
          encoder.noHooks(),
          dtype);
    }
    return encoder.call(
        UTILS, "_rebuild_tensor_v2", storage, offset, sizes, strides, grad, encoder.noHooks());
  }

  private Tuple grid(DenseTensor tensor) {
    if (QuantizedGrid.isPerTensor(tensor)) {
      return Tuple.of(
          encoder.name("torch", "per_tensor_affine"),
          new Real(number("aten::q_scale", tensor).doubleValue()),
          Whole.of(number("aten::q_zero_point", tensor).longValue()));
    }
    Tensor scales = Ops.tensor("aten::q_per_channel_scales", tensor);
    Tensor zeros = Ops.tensor("aten::q_per_channel_zero_points", tensor);
    boolean real = zeros.dtype().isFloatingPoint();
    return Tuple.of(
        encoder.name("torch", real ? "per_channel_affine_float_qparams" : "per_channel_affine"),
        encoder.encode(scales),
        encoder.encode(zeros),
        Whole.of(number("aten::q_per_channel_axis", tensor).longValue()));
  }

  private static Number number(String operation, DenseTensor tensor) {
    if (Ops.call(operation, tensor) instanceof Number number) return number;
    throw new IllegalStateException(operation + " gave no number");
  }

  private StorageId storage(DenseTensor tensor) {
    MemorySegment memory = tensor.storage();
    StorageType type = StorageType.of(tensor.dtype());
    Text key = key(memory, tensor.dtype());
    long numel = memory.byteSize() / type.dtype().bytes();
    return new StorageId(
        Tuple.of(tag, encoder.name("torch", type.name()), key, cpu, Whole.of(numel)));
  }

  /// Empty storages have no address, so each is one of its own.
  private Text key(MemorySegment memory, DType dtype) {
    Text known = memory.byteSize() == 0 ? null : keys.get(new Key(memory.address(), dtype));
    if (known != null) return known;
    var key = new Text(String.valueOf(storages.size()));
    storages.put(key.value, memory);
    keys.put(new Key(memory.address(), dtype), key);
    return key;
  }
}
