package dev.microtome.lowbit;

import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// How weights are quantized.
///
/// ```java
/// PackedWeight packed = LowBit.bits(3).groupSize(64).quantize(linear.weight());
/// ```
///
/// @param width bits of a code
/// @param groupSize numbers that share a scale and a zero; 0 for a whole row (axis 1) or column
/// @param axis 1 for groups along rows of the weight, 0 across them; see [Grouping]
/// @param padded whether groups that do not divide the weight are filled up instead of refused
/// @param solver chooses codes, scales and zeros
/// @param values dtype in which scales and zeros are kept; null for the solver's
/// @param scaleCoding how the scales are quantized once more; null to keep them
/// @param zeroCoding how the zeros are
public record LowBit(
    BitWidth width,
    long groupSize,
    int axis,
    boolean padded,
    Solver solver,
    @Nullable DType values,
    @Nullable ValueCoding scaleCoding,
    @Nullable ValueCoding zeroCoding) {
  public LowBit {
    if (groupSize < 0) {
      throw new IllegalArgumentException(
          "a group has at least 1 number (0 means a whole row), got size " + groupSize);
    }
    if (axis != 0 && axis != 1) {
      throw new IllegalArgumentException("axis must be 0 or 1, got " + axis);
    }
    if (values != null && !values.isFloatingPoint()) {
      throw new IllegalArgumentException(
          "scales and zeros are kept in a floating-point dtype, not in " + values);
    }
  }

  /// 8, 6, 5, 4, 3, 2, 1.58 or 1 bits; groups of 64 along rows, fitted by least squares, scales and
  /// zeros in float16.
  public static LowBit bits(double bits) {
    return new LowBit(
        BitWidth.of(bits), 64, 1, false, new LeastSquares(), DType.FLOAT16, null, null);
  }

  /// Settings that give weights of the same form as one that is there already, such as one read
  /// from a file.
  public static LowBit like(PackedWeight weight) {
    LowBit some = bits(weight.bits().bits());
    LowBit shaped =
        some.groupSize(weight.grouping().size())
            .axis(weight.grouping().axis())
            .padded(weight.grouping().padded());
    return switch (weight.scale()) {
      case GroupValues.Plain(Tensor values) -> shaped.values(values.dtype());
      case GroupValues.Quantized _ -> shaped.codedValues(ValueCoding.GROUPS, ValueCoding.GROUPS);
    };
  }

  /// HQQ's solver and settings: at 4 bits it starts from whole zeros.
  public LowBit hqq() {
    return solver(new HalfQuadratic().withRoundZero(width == BitWidth.FOUR));
  }

  /// Fits scale and zero of each group by least squares: nearer than HQQ in the same bytes.
  public LowBit leastSquares() {
    return solver(new LeastSquares());
  }

  /// Lets columns make up for the rounding of those before; needs [InputStatistics#withProducts].
  public LowBit compensated() {
    return solver(new ErrorCompensation());
  }

  /// Rounds to the nearest code.
  public LowBit nearest() {
    return solver(new RoundToNearest());
  }

  /// The quantization of the QDoRA notebooks, in the dtype of the weight.
  public LowBit notebook() {
    return solver(new NotebookRounding()).values(null);
  }

  public LowBit groupSize(long groupSize) {
    return new LowBit(width, groupSize, axis, padded, solver, values, scaleCoding, zeroCoding);
  }

  public LowBit axis(int axis) {
    return new LowBit(width, groupSize, axis, padded, solver, values, scaleCoding, zeroCoding);
  }

  /// Whether to fill the last groups up where the size does not divide.
  public LowBit padded(boolean padded) {
    return new LowBit(width, groupSize, axis, padded, solver, values, scaleCoding, zeroCoding);
  }

  public LowBit solver(Solver solver) {
    return new LowBit(width, groupSize, axis, padded, solver, values, scaleCoding, zeroCoding);
  }

  /// Keeps scales and zeros in `dtype`; null for what the solver gives.
  public LowBit values(@Nullable DType dtype) {
    return new LowBit(width, groupSize, axis, padded, solver, dtype, scaleCoding, zeroCoding);
  }

  /// Quantizes scales and zeros once more; null keeps them.
  public LowBit codedValues(@Nullable ValueCoding scale, @Nullable ValueCoding zero) {
    return new LowBit(width, groupSize, axis, padded, solver, values, scale, zero);
  }

  /// The groups of a weight.
  ///
  /// @throws IllegalArgumentException when the group size does not divide it, or that of its scales
  ///   or zeros not those
  public Grouping grouping(Shape weight) {
    if (weight.rank() == 0) {
      throw new IllegalArgumentException("a scalar has no groups");
    }
    long row = weight.numel() / Math.max(1, weight.get(0));
    long size = groupSize > 0 ? groupSize : axis == 1 ? row : weight.get(0);
    var grouping = new Grouping(weight, size, axis, padded);
    if (scaleCoding != null) {
      scaleCoding.check("the scales", grouping.valueShape());
    }
    if (zeroCoding != null) {
      zeroCoding.check("the zeros", grouping.valueShape());
    }
    return grouping;
  }

  /// Quantizes the weight of a layer.
  public PackedWeight quantize(LinearLike layer) {
    return quantize(layer.weight());
  }

  /// Quantizes a weight.
  ///
  /// @throws IllegalArgumentException when it holds NaN or infinite numbers, or the group size does
  ///   not divide it
  public PackedWeight quantize(Tensor weight) {
    Grouping grouping = grouping(weight.shape());
    Checks.finite(weight);
    return Grad.off(
        () -> Scope.run(() -> packed(solver.fit(weight.detach(), width, grouping), grouping)));
  }

  /// Quantizes a weight some of whose columns matter more.
  ///
  /// @param inputs how much an error of the weights of each input counts, (in), such as the mean
  ///   square of what came in during a calibration; or the mean products of all inputs, (in, in);
  ///   see [InputStatistics]
  /// @throws IllegalArgumentException when the weight can't be quantized, or `inputs` does not fit
  ///   it or holds negative numbers
  public PackedWeight quantize(Tensor weight, Tensor inputs) {
    Grouping grouping = grouping(weight.shape());
    Checks.finite(weight);
    Checks.importance(inputs, weight);
    return Grad.off(() ->
        Scope.run(() -> {
          if (inputs.dim() == 2) {
            return packed(solver.fitProducts(weight.detach(), inputs, width, grouping), grouping);
          }
          Tensor importance = inputs.to(DType.FLOAT32).expandAs(weight);
          return packed(solver.fit(weight.detach(), importance, width, grouping), grouping);
        }));
  }

  /// Quantizes each linear layer whose path the rule takes, in place.
  ///
  /// @throws IllegalArgumentException when the rule takes none, or one can't be quantized; the
  ///   message names it, and nothing was changed
  public LowBitReport applyTo(Layer<?, ?> network, Predicate<String> rule) {
    return applyTo(network, rule, InputStatistics.NONE);
  }

  /// The same, counting errors by what the layers' inputs are like.
  public LowBitReport applyTo(Layer<?, ?> network, Predicate<String> rule, InputStatistics inputs) {
    return applyEach(network, path -> rule.test(path) ? this : null, inputs);
  }

  /// Quantizes each linear layer for whose path there are settings: mixed bits.
  public static LowBitReport applyEach(
      Layer<?, ?> network, Function<String, @Nullable LowBit> rule, InputStatistics inputs) {
    return new NetworkQuantizer(network, rule, inputs).run();
  }

  private PackedWeight packed(Solver.Fit fit, Grouping grouping) {
    return new PackedWeight(
        solver.packing(width).pack(fit.codes()),
        width,
        solver.packing(width),
        grouping,
        stored(fit.scale(), scaleCoding),
        stored(fit.zero(), zeroCoding),
        fit.role());
  }

  private GroupValues stored(Tensor numbers, @Nullable ValueCoding coding) {
    if (coding != null) {
      return new GroupValues.Quantized(coding.quantize(numbers));
    }
    return new GroupValues.Plain(values == null ? numbers : numbers.to(values));
  }
}
