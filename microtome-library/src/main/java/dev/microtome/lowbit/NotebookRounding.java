package dev.microtome.lowbit;

import dev.microtome.tensor.Tensor;
import java.util.List;

/// The group quantization of the QDoRA notebooks: zero is the group's smallest number, and every
/// step is computed and rounded in the dtype of the weight, so that float16 weights give the
/// notebooks' codes. Up to 3 bits the codes are packed in the notebooks' order.
///
/// Where the notebooks divide by zero, in groups of equal numbers, the scale is 1 and the codes are
/// 0.
public record NotebookRounding() implements Solver {
  @Override
  public Fit fit(Tensor weight, BitWidth bits, Grouping grouping) {
    Tensor grouped = grouping.group(weight);
    Tensor zero = grouped.amin(grouping.axis(), true);
    Tensor range = grouped.amax(grouping.axis(), true).sub(zero);
    Tensor scale = range.div(bits.highest());
    scale = scale.maskedFill(scale.eq(0), 1.0);
    Tensor codes = grouped.sub(zero).div(scale).round().clamp(0, bits.highest());
    return new Fit(codes, scale, zero, ZeroRole.OFFSET, List.of());
  }

  @Override
  public Packing packing(BitWidth bits) {
    return bits.highest() <= Packing.CONSECUTIVE_TENS.highest()
        ? Packing.CONSECUTIVE_TENS
        : bits.packing();
  }
}
