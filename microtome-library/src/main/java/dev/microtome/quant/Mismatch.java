package dev.microtome.quant;

import dev.microtome.tensor.Tensor;

/// Refuses to put tensors of different grids together.
@SuppressWarnings("ReferenceEquality") // one tensor twice, one quantizer twice
final class Mismatch {
  private static final double RTOL = 1e-5;
  private static final double ATOL = 1e-8;

  private Mismatch() {}

  /// While statistics are collected, two tensors of one quantizer have different scales and will
  /// have the same one later. Different quantizers never will, so that is refused at once and not
  /// only in evaluation.
  static void ofScales(QuantTensor a, QuantTensor b) {
    boolean strangers = a.origin() != null && b.origin() != null && a.origin() != b.origin();
    if ((!a.training() || strangers) && !same(a.scale(), b.scale())) {
      throw new IllegalArgumentException(
          ("Scaling factors are different\nThey are %s and %s: what is added or joined needs one"
                  + " scale. Let both go through one quantizer, as QuantEltwiseAdd and QuantCat do,"
                  + " or share it: new QuantIdentity(ActSettings.of(other.actQuant()))")
              .formatted(a.scale().detach(), b.scale().detach()));
    }
  }

  static void ofGrids(QuantTensor a, QuantTensor b) {
    if (!a.training() && !same(a.zeroPoint(), b.zeroPoint())) {
      throw refused("Zero points are different", a.zeroPoint(), b.zeroPoint());
    }
    if (!same(a.bitWidth(), b.bitWidth())) {
      throw refused("Bit widths are different", a.bitWidth(), b.bitWidth());
    }
    if (a.signed() != b.signed()) {
      throw new IllegalArgumentException(
          "Signs are different\nOne is signed and the other is not; quantize both alike");
    }
  }

  private static IllegalArgumentException refused(String what, Tensor a, Tensor b) {
    return new IllegalArgumentException(
        "%s\nThey are %s and %s; quantize both alike".formatted(what, a.detach(), b.detach()));
  }

  static boolean same(Tensor a, Tensor b) {
    return a == b || a.detach().isClose(b.detach(), RTOL, ATOL).all().toBooleans()[0];
  }
}
