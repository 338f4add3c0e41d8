package dev.microtome.tensor.pickle;

import java.nio.file.Path;

/// Where in which file something is being read, so that whoever finds a fault can say so.
record Fault(Path file, long offset) {
  static final String FETCH_AGAIN = "fetch the file again";
  static final String SAFETENSORS = "save it as safetensors where it was made";

  Fault at(long elsewhere) {
    return new Fault(file, elsewhere);
  }

  /// The error for a file that is broken; `reason` is a format for `parts`.
  @SuppressWarnings("AnnotateFormatMethod") // not worth a dependency
  TorchFileException broken(String reason, Object... parts) {
    return new TorchFileException(file, offset, reason.formatted(parts), FETCH_AGAIN);
  }

  /// The error for a file that wants what only Python could give.
  @SuppressWarnings("AnnotateFormatMethod") // not worth a dependency
  TorchFileException refused(String reason, Object... parts) {
    return new TorchFileException(file, offset, reason.formatted(parts), SAFETENSORS);
  }

  /// A stranger's text, short and without control characters.
  static String quote(String text) {
    var out = new StringBuilder("\"");
    text.codePoints()
        .limit(80)
        .forEach(c -> {
          boolean plain = (c >= ' ' && c < 0x7F) || Character.isLetterOrDigit(c);
          if (plain) out.appendCodePoint(c);
          else out.append("\\u{").append(Integer.toHexString(c)).append('}');
        });
    return out.append(text.codePointCount(0, text.length()) > 80 ? "…\"" : "\"").toString();
  }
}
