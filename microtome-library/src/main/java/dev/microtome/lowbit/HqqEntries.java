package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/// Reads the tensors into which HQQ encodes settings, trusting none of them.
final class HqqEntries {
  private static final int LONGEST_WORD = 64;

  private final String path;
  private final Map<String, ? extends Tensor> entries;

  HqqEntries(String path, Map<String, ? extends Tensor> entries) {
    this.path = path;
    this.entries = entries;
  }

  /// Names the layer in whatever is refused.
  <T> T checked(Supplier<T> reading) {
    try {
      return reading.get();
    } catch (IllegalArgumentException | ArithmeticException refused) { // or too many numbers
      throw new IllegalArgumentException(
          "the HQQ layer %s: %s".formatted(path, refused.getMessage()), refused);
    }
  }

  Tensor tensor(String name) {
    Tensor found = entries.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "has no '%s' (it has %s)".formatted(name, entries.keySet()));
    }
    return found;
  }

  long whole(String name) {
    double value = number(name);
    if (value != Math.rint(value) || Math.abs(value) > 1L << 40) {
      throw new IllegalArgumentException(
          "'%s' must be a whole number, got %s".formatted(name, value));
    }
    return (long) value;
  }

  private double number(String name) {
    Tensor value = tensor(name);
    if (value.numel() != 1) {
      throw new IllegalArgumentException(
          "'%s' must be one number, got %s".formatted(name, value.shape()));
    }
    return value.item();
  }

  /// Whether a flag is there and on.
  boolean flag(String name) {
    return entries.containsKey(name) && number(name) != 0;
  }

  /// A vector of ASCII codes as text.
  String text(String name) {
    Tensor codes = tensor(name);
    if (codes.dim() != 1 || codes.numel() > LONGEST_WORD || codes.dtype() != DType.UINT8) {
      throw new IllegalArgumentException(
          "'%s' must be a word in ASCII codes (uint8), got %s%s"
              .formatted(name, codes.dtype().label(), codes.shape()));
    }
    byte[] bytes = codes.toBytes();
    for (byte each : bytes) {
      if (each < 0x20 || each == 0x7f) {
        throw new IllegalArgumentException("'%s' holds bytes that are no text".formatted(name));
      }
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }

  /// A dtype's name, which must be one of `known`.
  DType dtype(String name, List<DType> known) {
    String text = text(name);
    return known.stream()
        .filter(dtype -> dtype.toString().equals(text))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is '%s', not one of %s"
                    .formatted(
                        name,
                        text,
                        known.stream().map(DType::toString).collect(Collectors.joining(", ")))));
  }

  /// The packed codes, looked at as what they are where they are stored as floating-point numbers.
  Tensor codes(Packing packing) {
    Tensor stored = tensor("W_q");
    DType as = dtype("unpack_view_dtype", List.of(DType.UINT8, DType.INT32));
    if (as != packing.dtype()) {
      throw new IllegalArgumentException(
          "'unpack_view_dtype' is %s, but '%s' packs into %s"
              .formatted(as, packing.label(), packing.dtype()));
    }
    return flag("view_as_float") ? stored.contiguous().view(as) : stored;
  }

  /// HQQ reloads 1.58 bits as 1 and writes that; the packing still tells them apart.
  BitWidth width(Packing packing) {
    BitWidth width = BitWidth.of(Math.round(number("nbits") * 100) / 100.0);
    return width == BitWidth.ONE && packing == Packing.QUARTERS ? BitWidth.TERNARY : width;
  }
}
