package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.function.BiConsumer;

/// A weight of few bits: packed codes, and for each group of them a scale and a zero.
///
/// @param packed the codes of the grouped matrix as `packing` lays them
/// @param bits how large codes get
/// @param packing how they lie in bytes
/// @param grouping how the weight is cut into groups
/// @param scale of each group, of the grouping's value shape (or no dimension: one for all)
/// @param zero of each group, likewise
/// @param role what the zero means
public record PackedWeight(
    Tensor packed,
    BitWidth bits,
    Packing packing,
    Grouping grouping,
    GroupValues scale,
    GroupValues zero,
    ZeroRole role) {
  public PackedWeight {
    if (bits.highest() > packing.highest()) {
      throw new IllegalArgumentException(
          "codes of %s bits do not fit into packing '%s'".formatted(bits, packing.label()));
    }
    packing.check(packed, grouping.rows(), grouping.columns());
    check("scale", scale.shape(), grouping);
    check("zero", zero.shape(), grouping);
  }

  private static void check(String what, Shape shape, Grouping grouping) {
    if (shape.rank() > 0 && !shape.equals(grouping.valueShape())) {
      throw new IllegalArgumentException(
          "the %s of %d groups along axis %d has shape %s, got %s"
              .formatted(what, grouping.groups(), grouping.axis(), grouping.valueShape(), shape));
    }
  }

  /// Packs codes (the grouped matrix) as HQQ does.
  ///
  /// @throws IllegalArgumentException when a code is negative or too large for `bits`
  public static PackedWeight of(
      Tensor codes, BitWidth bits, Grouping grouping, Tensor scale, Tensor zero) {
    Shape expected = Shape.of(grouping.rows(), grouping.columns());
    if (!codes.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "the grouped matrix of a weight %s is %s, got codes %s"
              .formatted(grouping.shape(), expected, codes.shape()));
    }
    return new PackedWeight(
        bits.packing().pack(codes),
        bits,
        bits.packing(),
        grouping,
        new GroupValues.Plain(scale),
        new GroupValues.Plain(zero),
        ZeroRole.POINT);
  }

  /// Refuses numbers no solver gives, as a damaged file may hold them: codes above the highest, and
  /// scales or zeros that are NaN or infinite. Fields of just so many bits need no look.
  ///
  /// @throws IllegalArgumentException when there is one
  public void checkNumbers() {
    Grad.off(() ->
        Scope.run(() -> {
          if (packing.highest() > bits.highest()) {
            long highest = codes().max().itemLong();
            if (highest > bits.highest()) {
              throw new IllegalArgumentException(
                  "a code is %d, weights of %s bits have 0 to %d"
                      .formatted(highest, bits, bits.highest()));
            }
          }
          checkFinite("scale", scale.tensor());
          checkFinite("zero", zero.tensor());
        }));
  }

  private static void checkFinite(String what, Tensor values) {
    if (!Double.isFinite(values.min().item()) || !Double.isFinite(values.max().item())) {
      throw new IllegalArgumentException("the " + what + " of a group is NaN or infinite");
    }
  }

  /// The codes as the grouped matrix, uint8.
  public Tensor codes() {
    return packing.unpack(packed, grouping.rows(), grouping.columns());
  }

  /// The codes in the weight's shape, uint8.
  public Tensor codesInShape() {
    return grouping.ungroup(codes());
  }

  /// The weight, of the dtype that `compute` and the scales promote to; one scale for all groups is
  /// rounded to `compute` instead. Each step rounds to that dtype, as in HQQ.
  public Tensor dequantize(DType compute) {
    return Grad.off(() ->
        Scope.run(() -> {
          Tensor scales = promoting(scale.tensor(), compute);
          Tensor zeros = promoting(zero.tensor(), compute);
          return grouping.ungroup(role.decode(codes(), compute, scales, zeros));
        }));
  }

  /// Calls `each` with some groups of `weight` and what is left of them, float32, one part after
  /// the other: no second weight is made. What was filled up is left out.
  void compare(Tensor weight, BiConsumer<Tensor, Tensor> each) {
    if (grouping.padded()) {
      each.accept(weight.to(DType.FLOAT32), dequantize(DType.FLOAT32).to(DType.FLOAT32));
      return;
    }
    Tensor codes = codes();
    Tensor scales = promoting(scale.tensor(), DType.FLOAT32);
    Tensor zeros = promoting(zero.tensor(), DType.FLOAT32);
    for (Grouping.Part part : grouping.parts(FitBuffer.PART)) {
      Scope.run(() -> {
        Tensor left =
            role.decode(
                grouping.within(codes, part), DType.FLOAT32, of(scales, part), of(zeros, part));
        each.accept(grouping.part(weight, part).to(DType.FLOAT32), left.to(DType.FLOAT32));
      });
    }
  }

  private Tensor of(Tensor values, Grouping.Part part) {
    return values.dim() == 0 ? values : grouping.within(values, part);
  }

  private static Tensor promoting(Tensor values, DType compute) {
    return values.dim() == 0 ? values.to(compute) : values;
  }

  /// The weight in the dtype of its scales.
  public Tensor dequantize() {
    return dequantize(scale.tensor().dtype());
  }

  /// The same codes with scales and zeros rounded to `dtype`.
  public PackedWeight withValues(DType dtype) {
    return new PackedWeight(
        packed,
        bits,
        packing,
        grouping,
        new GroupValues.Plain(scale.tensor().to(dtype)),
        new GroupValues.Plain(zero.tensor().to(dtype)),
        role);
  }

  /// Bytes of codes, scales and zeros.
  public long bytes() {
    return packed.numel() * packed.dtype().bytes() + scale.bytes() + zero.bytes();
  }

  /// Bits a number of the weight takes, scales and zeros included.
  public double bitsPerWeight() {
    return 8.0 * bytes() / grouping.shape().numel();
  }
}
