package dev.microtome.tensor.file;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The header as text, character for character what the format's reference writer makes. Written by
/// hand because escapes differ between JSON libraries, and the bytes are what is promised.
final class HeaderText {
  private final Path file;
  private final StringBuilder out = new StringBuilder("{");

  private HeaderText(Path file) {
    this.file = file;
  }

  /// Items in the order of their data; metadata goes first, by key; blanks pad to a multiple of 8
  /// bytes.
  static String of(Path file, List<SafetensorsWriter.Item> items, Map<String, String> metadata) {
    var text = new HeaderText(file);
    if (!metadata.isEmpty()) text.metadata(metadata);
    long begin = 0;
    for (var item : items) {
      text.entry(item, begin);
      begin = Math.addExact(begin, item.bytes());
    }
    return text.padded();
  }

  private void metadata(Map<String, String> metadata) {
    var sorted = new TreeMap<String, String>(Names::compare);
    sorted.putAll(metadata);
    out.append("\"__metadata__\":{");
    sorted.forEach((key, value) -> {
      if (out.charAt(out.length() - 1) != '{') out.append(',');
      string(checked(key, "metadata key")).append(':');
      string(checked(value, "value of metadata key " + SafetensorsException.quote(key)));
    });
    out.append('}');
  }

  private void entry(SafetensorsWriter.Item item, long begin) {
    String name = checked(item.name(), "tensor name");
    if (name.equals("__metadata__") || name.indexOf('\0') >= 0) {
      throw refuse("tensor name", name, "is not allowed");
    }
    if (out.length() > 1) out.append(',');
    string(name).append(":{\"dtype\":\"").append(item.type()).append("\",\"shape\":[");
    long[] dims = item.shape().dims();
    for (int i = 0; i < dims.length; i++) out.append(i == 0 ? "" : ",").append(dims[i]);
    out.append("],\"data_offsets\":[").append(begin).append(',');
    out.append(begin + item.bytes()).append("]}");
  }

  private String padded() {
    out.append('}');
    int length = out.toString().getBytes(StandardCharsets.UTF_8).length;
    return out.repeat(" ", (8 - length % 8) % 8).toString();
  }

  private StringBuilder string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < ' ') out.append("\\u00").append(c < 16 ? "0" : "").append(Integer.toHexString(c));
          else out.append(c);
        }
      }
    }
    return out.append('"');
  }

  private String checked(String text, String what) {
    if (!Names.isUnicode(text)) throw refuse(what, text, "holds half a surrogate pair");
    return text;
  }

  private SafetensorsException refuse(String what, String text, String reason) {
    return new SafetensorsException(
        file,
        Long.BYTES,
        null,
        "%s %s %s".formatted(what, SafetensorsException.quote(text), reason),
        "choose another");
  }
}
