package dev.microtome.quant;

import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Adding, multiplying and joining tensors on grids.
@SuppressWarnings("ReferenceEquality") // one quantizer twice
final class QuantArithmetic {
  private QuantArithmetic() {}

  // ---- sums ----

  static @Nullable Object add(OpCall call) {
    Object alpha = call.arg(2);
    boolean once = alpha == null || (alpha instanceof Number n && n.doubleValue() == 1);
    return once
        ? sum(Objects.requireNonNull(call.arg(0)), Objects.requireNonNull(call.arg(1)))
        : QuantOperations.plain(call);
  }

  static @Nullable Object sub(OpCall call) {
    Object alpha = call.arg(2);
    boolean once = alpha == null || (alpha instanceof Number n && n.doubleValue() == 1);
    return once
        ? sum(Objects.requireNonNull(call.arg(0)), negated(call.arg(1)))
        : QuantOperations.plain(call);
  }

  static @Nullable Object rsub(OpCall call) {
    Object alpha = call.arg(2);
    boolean once = alpha == null || (alpha instanceof Number n && n.doubleValue() == 1);
    return once
        ? sum(negated(call.arg(0)), Objects.requireNonNull(call.arg(1)))
        : QuantOperations.plain(call);
  }

  private static Object negated(@Nullable Object operand) {
    return switch (operand) {
      case QuantTensor quantized -> neg(quantized);
      case Tensor tensor -> tensor.neg();
      case Number number -> -number.doubleValue();
      case null, default -> throw new IllegalArgumentException("can't subtract " + operand);
    };
  }

  private static Object sum(Object a, Object b) {
    if (a instanceof QuantTensor left && b instanceof QuantTensor right) {
      return sum(left, right);
    }
    return a instanceof QuantTensor left ? moved(left, b) : moved((QuantTensor) b, a);
  }

  /// Moves the grid along: what is added goes into the zero point, which need not be whole then.
  private static QuantTensor moved(QuantTensor q, Object by) {
    Tensor value = by instanceof Tensor tensor ? q.value().add(tensor) : q.value().add((Number) by);
    Tensor steps =
        by instanceof Tensor tensor
            ? tensor.div(q.scale())
            : Tensor.scalar(((Number) by).floatValue()).div(q.scale());
    return new QuantTensor(
        value, q.scale(), q.zeroPoint().sub(steps), q.bitWidth(), q.signed(), q.training());
  }

  private static QuantTensor sum(QuantTensor a, QuantTensor b) {
    Mismatch.ofScales(a, b);
    Tensor widest = top(a).add(top(b)).sub(bottom(a).add(bottom(b)));
    return new QuantTensor(
        a.value().add(b.value()),
        a.scale().add(b.scale()).div(2),
        a.zeroPoint().add(b.zeroPoint()),
        StraightThrough.ceil(widest.log2()),
        a.signed() || b.signed(),
        a.training() || b.training(),
        a.origin() == b.origin() ? a.origin() : null);
  }

  private static Tensor top(QuantTensor q) {
    return IntRange.max(q.bitWidth(), q.signed(), false);
  }

  private static Tensor bottom(QuantTensor q) {
    return IntRange.min(q.bitWidth(), q.signed(), false);
  }

  // ---- signs ----

  static QuantTensor neg(QuantTensor q) {
    Tensor value = q.realIntegers().sub(q.zeroPoint()).neg().mul(q.scale());
    return new QuantTensor(
        value,
        q.scale(),
        q.zeroPoint().neg(),
        q.signed() ? q.bitWidth() : q.bitWidth().add(1),
        true,
        q.training(),
        q.origin());
  }

  static QuantTensor abs(QuantTensor q) {
    if (!q.signed()) {
      return q;
    }
    Tensor value = q.realIntegers().abs().sub(q.zeroPoint()).mul(q.scale());
    return new QuantTensor(
        value, q.scale(), q.zeroPoint(), q.bitWidth().sub(1), false, q.training(), q.origin());
  }

  // ---- products ----

  static @Nullable Object mul(OpCall call) {
    if (!(call.arg(0) instanceof QuantTensor a && call.arg(1) instanceof QuantTensor b)) {
      return QuantOperations.plain(call);
    }
    needNoShift("mul", a, b);
    return product(a, b, a.value().mul(b.value()), a.scale().mul(b.scale()));
  }

  static @Nullable Object div(OpCall call) {
    if (!(call.arg(0) instanceof QuantTensor a && call.arg(1) instanceof QuantTensor b)
        || call.arg(2) != null) {
      return QuantOperations.plain(call);
    }
    needNoShift("div", a, b);
    Tensor largest = b.bitWidth().sub(b.signed() ? 1 : 0).exp2();
    return product(a, b, a.value().div(b.value()), a.scale().div(b.scale().mul(largest)));
  }

  private static QuantTensor product(QuantTensor a, QuantTensor b, Tensor value, Tensor scale) {
    return new QuantTensor(
        value,
        scale,
        a.zeroPoint().mul(b.zeroPoint()),
        a.bitWidth().add(b.bitWidth()),
        a.signed() || b.signed(),
        a.training() || b.training());
  }

  private static void needNoShift(String operation, QuantTensor a, QuantTensor b) {
    if (!isZero(a.zeroPoint()) || !isZero(b.zeroPoint())) {
      throw new IllegalArgumentException(
          ("Zero-points of %s operands are non-zero, not supported.\nThey are %s and %s: quantize"
                  + " the operands with a quantizer without a zero point, or take value() for a"
                  + " plain tensor")
              .formatted(operation, a.zeroPoint().detach(), b.zeroPoint().detach()));
    }
  }

  static boolean isZero(Tensor zeroPoint) {
    return !zeroPoint.detach().ne(0).any().toBooleans()[0];
  }

  // ---- joining ----

  static @Nullable Object cat(OpCall call) {
    List<?> parts = (List<?>) Objects.requireNonNull(call.arg(0));
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    if (!parts.stream().allMatch(QuantTensor.class::isInstance)) {
      return QuantOperations.plain(call);
    }
    List<QuantTensor> all = parts.stream().map(QuantTensor.class::cast).toList();
    QuantTensor first = all.getFirst();
    for (QuantTensor other : all.subList(1, all.size())) {
      Mismatch.ofScales(first, other);
      Mismatch.ofGrids(first, other);
    }
    boolean training = all.stream().anyMatch(QuantTensor::training);
    return new QuantTensor(
        QuantOperations.plainTensor(call),
        training ? mean(all.stream().map(QuantTensor::scale).toList()) : first.scale(),
        training ? mean(all.stream().map(QuantTensor::zeroPoint).toList()) : first.zeroPoint(),
        training ? mean(all.stream().map(QuantTensor::bitWidth).toList()) : first.bitWidth(),
        first.signed(),
        training,
        all.stream().allMatch(part -> part.origin() == first.origin()) ? first.origin() : null);
  }

  private static Tensor mean(List<Tensor> tensors) {
    Tensor sum = tensors.getFirst();
    for (Tensor next : tensors.subList(1, tensors.size())) {
      sum = sum.add(next);
    }
    return sum.div(tensors.size());
  }
}
