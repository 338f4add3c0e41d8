package dev.microtome.nn;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.stream.Collectors;

/// Writes values as Python's `repr` does, for [Layer#describe]: `True`, `1e-05`, `(3, 3)`.
public final class PythonFormat {
  private PythonFormat() {}

  public static String of(boolean value) {
    return value ? "True" : "False";
  }

  /// A float: scientific from 1e16 up and below 1e-4.
  public static String of(double value) {
    if (!Double.isFinite(value)) {
      return Double.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    var shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = shortest.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = shortest.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return "%s%se%s%02d"
        .formatted(value < 0 ? "-" : "", mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  /// A tuple: `(48,)`, `(3, 3)`.
  public static String tuple(long... values) {
    return Arrays.stream(values)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "(", values.length == 1 ? ",)" : ")"));
  }
}
