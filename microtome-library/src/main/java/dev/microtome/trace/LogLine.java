package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A line that a run logs: a text and values behind it, single numbers as such, others as tensors
/// are printed.
final class LogLine {
  /// Characters of a text, and of a whole line; what is behind them is left out.
  static final int LONGEST = 1_000;

  private static final Logger LOG = LoggerFactory.getLogger(Trace.class);
  private static final String MORE = " …";

  private LogLine() {}

  static String of(String text, List<?> values) {
    var line = new StringBuilder(text);
    for (Object value : values) {
      if (line.length() < LONGEST) {
        line.append(line.isEmpty() ? "" : " ").append(shown((Tensor) value));
      }
    }
    return line.length() <= LONGEST ? line.toString() : line.substring(0, LONGEST) + MORE;
  }

  /// Where lines go when nobody else hears them.
  static void tell(String line) {
    LOG.info("{}", line);
  }

  private static String shown(Tensor value) {
    if (value.numel() != 1 || value.dtype().isComplex()) {
      return value.detach().toString();
    }
    double number = value.item();
    return value.dtype().isFloatingPoint()
        ? Float.toString((float) number)
        : Long.toString((long) number);
  }
}
