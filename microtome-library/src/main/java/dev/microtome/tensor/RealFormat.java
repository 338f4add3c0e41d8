package dev.microtome.tensor;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

/// One way of writing all real numbers of a tensor: whole (`3.`), fixed (`3.2500`) or scientific
/// (`3.2500e+00`), chosen from the finite numbers that are not 0, with the width they need.
final class RealFormat {
  private final boolean whole;
  private final boolean scientific;
  private final int precision;
  private final int width;

  private RealFormat(boolean whole, boolean scientific, int precision, double[] sample) {
    this.whole = whole;
    this.scientific = scientific;
    this.precision = precision;
    int widest = 1;
    for (double value : sample) {
      if (counts(value)) {
        widest = Math.max(widest, bare(value).length());
      }
    }
    this.width = widest;
  }

  static RealFormat of(double[] sample, PrintOptions options) {
    boolean whole = true;
    double smallest = Double.POSITIVE_INFINITY;
    double largest = 0;
    for (double value : sample) {
      if (counts(value)) {
        whole &= value == Math.ceil(value);
        smallest = Math.min(smallest, Math.abs(value));
        largest = Math.max(largest, Math.abs(value));
      }
    }
    boolean wide = largest / smallest > 1000 || largest > 1e8 || smallest < 1e-4;
    boolean scientific = options.sciMode() == null ? wide : options.sciMode();
    return new RealFormat(whole, largest > 0 && scientific, options.precision(), sample);
  }

  private static boolean counts(double value) {
    return value != 0 && Double.isFinite(value);
  }

  /// Characters of the widest number that took part in the choice.
  int width() {
    return width;
  }

  /// `value`, right-aligned.
  String format(double value) {
    return padded(bare(value), width);
  }

  static String padded(String text, int width) {
    return " ".repeat(Math.max(0, width - text.length())) + text;
  }

  private String bare(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    String sign = Double.doubleToRawLongBits(value) < 0 ? "-" : "";
    if (Double.isInfinite(value)) {
      return sign + "inf";
    }
    var exact = new BigDecimal(Math.abs(value));
    if (scientific) {
      return sign + scientific(exact, precision);
    }
    return sign + (whole ? fixed(exact, 0) + "." : fixed(exact, precision));
  }

  private static String fixed(BigDecimal value, int digits) {
    return value.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String scientific(BigDecimal value, int precision) {
    BigDecimal rounded = value.round(new MathContext(precision + 1, RoundingMode.HALF_EVEN));
    String digits = rounded.unscaledValue().toString();
    int exponent = rounded.signum() == 0 ? 0 : digits.length() - rounded.scale() - 1;
    String mantissa = digits + "0".repeat(Math.max(0, precision + 1 - digits.length()));
    return mantissa.charAt(0)
        + (precision == 0 ? "" : "." + mantissa.substring(1, precision + 1))
        + "e%s%02d".formatted(exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  /// The shortest text that reads back as `value`, as Python writes a float: `0.1`, `1e-05`.
  static String shortest(double value) {
    double size = Math.abs(value);
    if (size == 0 || (size >= 1e-4 && size < 1e16)) {
      String text = new BigDecimal(Double.toString(size)).toPlainString();
      return (value < 0 ? "-" : "") + (text.contains(".") ? text : text + ".0");
    }
    var digits = new BigDecimal(Double.toString(size)).stripTrailingZeros();
    return (value < 0 ? "-" : "") + scientific(digits, digits.precision() - 1);
  }
}
