package dev.microtome.quant;

import org.jspecify.annotations.Nullable;

/// What a layer is given to quantize activations with: a [Quantizer], from which it makes its own
/// live one, or another layer's [ActQuant], to share.
public sealed interface Quantization permits ActQuant, Quantizer {
  /// The live quantizer; null for none.
  static @Nullable ActQuant live(@Nullable Quantization from) {
    return switch (from) {
      case null -> null;
      case ActQuant shared -> shared;
      case Quantizer quantizer -> new ActQuant(quantizer);
    };
  }
}
