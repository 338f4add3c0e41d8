package dev.microtome.tensor;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// How tensors are printed, as PyTorch's `set_printoptions`.
///
/// ```java
/// var two = PrintOptions.DEFAULT.withPrecision(2).withSciMode(false);
/// String text = PrintOptions.with(two, x::toString);
/// ```
///
/// @param precision digits after the decimal point
/// @param threshold more numbers than this are summarised
/// @param edgeItems numbers shown at each end of a summarised dimension
/// @param lineWidth characters after which a row is broken
/// @param sciMode whether to print `1.0000e-05`; null lets the numbers decide
public record PrintOptions(
    int precision, long threshold, int edgeItems, int lineWidth, @Nullable Boolean sciMode) {

  /// PyTorch's own.
  public static final PrintOptions DEFAULT = new PrintOptions(4, 1000, 3, 80, null);

  /// Fewer digits and edges.
  public static final PrintOptions SHORT = new PrintOptions(2, 1000, 2, 80, null);

  /// Every number, however many.
  public static final PrintOptions FULL = new PrintOptions(4, Long.MAX_VALUE, 3, 80, null);

  private static final ScopedValue<PrintOptions> HERE = ScopedValue.newInstance();

  // A setting of the whole process, as in PyTorch: what a notebook sets once, all its prints obey.
  private static volatile PrintOptions everywhere = DEFAULT;

  public PrintOptions {
    if (precision < 0 || threshold < 0 || edgeItems < 0 || lineWidth < 1) {
      throw new IllegalArgumentException(
          "print options can't be negative: precision %d, threshold %d, edgeItems %d, lineWidth %d"
              .formatted(precision, threshold, edgeItems, lineWidth));
    }
  }

  /// What applies here: the innermost [#with], else what was set for the process.
  public static PrintOptions current() {
    return HERE.orElse(everywhere);
  }

  /// Sets the options of the whole process, all threads, as `set_printoptions` does; prefer
  /// [#with].
  public static void setDefault(PrintOptions options) {
    everywhere = options;
  }

  /// Runs `body` with `options` in force on this thread.
  public static <T extends @Nullable Object> T with(PrintOptions options, Supplier<T> body) {
    return ScopedValue.where(HERE, options).call(body::get);
  }

  /// Runs `body` with `options` in force on this thread.
  public static void with(PrintOptions options, Runnable body) {
    ScopedValue.where(HERE, options).run(body);
  }

  public PrintOptions withPrecision(int digits) {
    return new PrintOptions(digits, threshold, edgeItems, lineWidth, sciMode);
  }

  public PrintOptions withThreshold(long numbers) {
    return new PrintOptions(precision, numbers, edgeItems, lineWidth, sciMode);
  }

  public PrintOptions withEdgeItems(int items) {
    return new PrintOptions(precision, threshold, items, lineWidth, sciMode);
  }

  public PrintOptions withLineWidth(int characters) {
    return new PrintOptions(precision, threshold, edgeItems, characters, sciMode);
  }

  public PrintOptions withSciMode(@Nullable Boolean always) {
    return new PrintOptions(precision, threshold, edgeItems, lineWidth, always);
  }
}
