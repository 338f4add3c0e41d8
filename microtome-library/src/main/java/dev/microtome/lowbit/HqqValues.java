package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.Map;
import java.util.Set;

/// Scales or zeros among the entries of an HQQ layer. HQQ saves plain ones only; quantized ones are
/// written as it holds them in memory: the flag `quant_scale`, codes `scale_q`, their own
/// `scale_scale` and `scale_zero`, and how many share them, `scale_group_size`.
final class HqqValues {
  /// The entries that are numbers.
  static final Set<String> NUMBERS =
      Set.of(
          "scale",
          "scale_q",
          "scale_scale",
          "scale_zero",
          "zero",
          "zero_q",
          "zero_scale",
          "zero_zero");

  private HqqValues() {}

  static boolean areQuantized(GroupValues values) {
    return values instanceof GroupValues.Quantized;
  }

  /// Adds the numbers of `name` to the entries.
  static void write(Map<String, Tensor> entries, String name, GroupValues values, DType compute) {
    switch (values) {
      case GroupValues.Plain(Tensor numbers) -> entries.put(name, numbers.to(compute));
      case GroupValues.Quantized(PackedWeight weight) -> {
        entries.put(name + "_q", weight.packed());
        entries.put(name + "_scale", weight.scale().tensor());
        entries.put(name + "_zero", weight.zero().tensor());
        entries.put(name + "_group_size", Tensor.scalar(weight.grouping().size(), DType.INT32));
      }
    }
  }

  /// Reads the numbers of `name` for the groups of a weight.
  static GroupValues read(HqqEntries in, String name, Grouping grouping) {
    if (!in.flag("quant_" + name)) {
      return new GroupValues.Plain(in.tensor(name));
    }
    return new GroupValues.Quantized(
        new PackedWeight(
            in.tensor(name + "_q"),
            BitWidth.EIGHT,
            Packing.BYTES,
            new Grouping(grouping.valueShape(), in.whole(name + "_group_size"), 0),
            new GroupValues.Plain(in.tensor(name + "_scale")),
            new GroupValues.Plain(in.tensor(name + "_zero")),
            ZeroRole.POINT));
  }
}
