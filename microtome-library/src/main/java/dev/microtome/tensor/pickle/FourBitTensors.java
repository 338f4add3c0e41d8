package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.Pickled.Call;
import dev.microtome.tensor.pickle.TensorForm.Grid;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Tensors of type `quint4x2`, two numbers a byte, each row beginning with a byte: PyTorch's 4-bit
/// embeddings. libtorch has no operation that takes such bytes, so they are copied into a new one.
final class FourBitTensors {
  private FourBitTensors() {}

  static Tensor of(Storages storages, Container container, TensorForm form) {
    if (!(form.grid() instanceof Grid.Channels channels)
        || !form.isContiguous()
        || form.offset() != 0) {
      throw new IllegalArgumentException(
          "a quint4x2 tensor is read only by channel, in row-major order and from its beginning");
    }
    Tensor tensor =
        Ops.tensor(
            "aten::_empty_per_channel_affine_quantized",
            form.shape(),
            storages.tensor((Call) channels.scales()),
            storages.tensor((Call) channels.zeroPoints()),
            channels.axis(),
            DType.QUINT4X2);
    try (var arena = Arena.ofConfined()) {
      MemorySegment target = ((DenseTensor) tensor).storage(arena);
      target.copyFrom(container.storage(form.storage().key()).asSlice(0, target.byteSize()));
    }
    return tensor;
  }
}
