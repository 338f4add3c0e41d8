package dev.microtome.lowbit;

import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.Tensor;
import java.util.function.BiFunction;

/// Scales or zeros in the buffers of a layer: `scale`, or `scale_q`, `scale_scale` and `scale_zero`
/// when they are quantized themselves.
sealed interface StoredValues {
  record Plain(TensorSlot slot) implements StoredValues {
    @Override
    public GroupValues get() {
      return new GroupValues.Plain(slot.get());
    }
  }

  record Quantized(PackedWeight layout, TensorSlot codes, StoredValues scale, StoredValues zero)
      implements StoredValues {
    @Override
    public GroupValues get() {
      return new GroupValues.Quantized(
          new PackedWeight(
              codes.get(),
              layout.bits(),
              layout.packing(),
              layout.grouping(),
              scale.get(),
              zero.get(),
              layout.role()));
    }
  }

  GroupValues get();

  static StoredValues of(
      String name, GroupValues values, BiFunction<String, Tensor, TensorSlot> buffer) {
    return switch (values) {
      case GroupValues.Plain(Tensor numbers) -> new Plain(buffer.apply(name, numbers));
      case GroupValues.Quantized(PackedWeight weight) ->
          new Quantized(
              weight,
              buffer.apply(name + "_q", weight.packed()),
              of(name + "_scale", weight.scale(), buffer),
              of(name + "_zero", weight.zero(), buffer));
    };
  }
}
