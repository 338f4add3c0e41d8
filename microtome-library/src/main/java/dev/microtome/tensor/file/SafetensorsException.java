package dev.microtome.tensor.file;

import dev.microtome.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A file that is not sound safetensors, or a tensor in it that cannot be had. The message reads
/// `FILE, byte OFFSET, tensor "NAME": REASON; REMEDY`.
public final class SafetensorsException extends IllegalArgumentException {
  private static final int LONGEST_QUOTE = 120;

  private final transient Path file;
  private final long offset;
  private final @Nullable String tensor;

  SafetensorsException(
      Path file, long offset, @Nullable String tensor, String reason, String remedy) {
    super(
        "%s, byte %d%s: %s; %s"
            .formatted(
                file, offset, tensor == null ? "" : ", tensor " + quote(tensor), reason, remedy));
    this.file = file;
    this.offset = offset;
    this.tensor = tensor;
  }

  /// The file at fault.
  public Path file() {
    return file;
  }

  /// The byte of the file where the fault was seen.
  public long offset() {
    return offset;
  }

  /// The tensor at fault, or null when the fault is not one tensor's.
  public @Nullable String tensor() {
    return tensor;
  }

  /// Names are a stranger's data: no control characters and no endless lines reach a log.
  static String quote(String text) {
    var out = new StringBuilder("\"");
    text.codePoints()
        .limit(LONGEST_QUOTE)
        .forEach(c -> {
          boolean plain = !Character.isISOControl(c) && Character.getType(c) != 0;
          boolean lone = c <= 0xFFFF && Character.isSurrogate((char) c);
          if (plain && !lone && Character.getType(c) != Character.FORMAT) out.appendCodePoint(c);
          else out.append("\\u{").append(Integer.toHexString(c)).append('}');
        });
    return out.append(text.codePointCount(0, text.length()) > LONGEST_QUOTE ? "…\"" : "\"")
        .toString();
  }

  /// A shape may have a million dimensions; a message shows eight.
  static String brief(Shape shape) {
    if (shape.rank() <= 8) return shape.toString();
    return "%s… (%d dimensions)".formatted(new Shape(Arrays.copyOf(shape.dims(), 8)), shape.rank());
  }
}
