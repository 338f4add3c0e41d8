package dev.microtome.tensor.file;

import dev.microtome.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Reads the header's JSON token by token, so nothing a file claims is believed before it was seen.
///
/// Stricter than the reference reader in one place: a name that occurs twice is refused (there the
/// last one wins silently, which lets two readers see two different models in one file).
final class HeaderParser {
  private static final String REMEDY = "write the file again or fetch a fresh copy";

  /// An entry and the byte of the file its name stands at.
  record Entry(TensorInfo info, long at) {}

  private final Path file;
  private final JsonParser json;
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private @Nullable String tensor;
  private long tensorAt;

  private HeaderParser(Path file, JsonParser json) {
    this.file = file;
    this.json = json;
  }

  /// The entries in the header's order and the metadata; `bytes` is the header and valid UTF-8.
  static Parsed parse(Path file, byte[] bytes) {
    try (var json = StrictJson.parser(bytes)) {
      var parser = new HeaderParser(file, json);
      try {
        parser.object();
      } catch (JacksonException e) {
        throw parser.refuse("the header is not sound JSON: " + e.getOriginalMessage());
      } catch (IllegalStateException e) { // Jackson's guard against names chosen to collide
        throw parser.refuse("the header is not sound JSON: " + e.getMessage());
      }
      int end = Math.toIntExact(json.currentLocation().getByteOffset());
      return new Parsed(parser.entries, parser.metadata, end);
    }
  }

  /// `end` is the index just after the JSON object's closing brace.
  record Parsed(List<Entry> entries, Map<String, String> metadata, int end) {}

  private void object() {
    expect(json.nextToken(), JsonToken.START_OBJECT, "the header");
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = text("a tensor's name");
      if (name.equals("__metadata__")) {
        metadata();
      } else {
        tensor = name;
        tensorAt = here();
        entry(name);
        tensor = null;
      }
    }
  }

  private void metadata() {
    expect(json.nextToken(), JsonToken.START_OBJECT, "__metadata__");
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = text("a key of __metadata__");
      expect(json.nextToken(), JsonToken.VALUE_STRING, "a value in __metadata__");
      metadata.put(key, text("a value in __metadata__"));
    }
  }

  private void entry(String name) {
    StoredType type = null;
    Shape shape = null;
    List<Long> offsets = null;
    expect(json.nextToken(), JsonToken.START_OBJECT, "the entry");
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = json.currentName();
      json.nextToken();
      switch (key) {
        case "dtype" -> type = type();
        case "shape" -> shape = shape();
        case "data_offsets" -> offsets = integers("data_offsets");
        default -> json.skipChildren(); // room the format leaves for others
      }
    }
    if (type == null) throw refuse("the entry has no dtype");
    if (shape == null) throw refuse("the entry has no shape");
    if (offsets == null) throw refuse("the entry has no data_offsets");
    if (offsets.size() != 2) {
      throw refuse("data_offsets has %d numbers, not 2".formatted(offsets.size()));
    }
    entries.add(
        new Entry(new TensorInfo(name, type, shape, offsets.get(0), offsets.get(1)), tensorAt));
  }

  private StoredType type() {
    expect(json.currentToken(), JsonToken.VALUE_STRING, "dtype");
    var type = StoredType.named(json.getString());
    if (type == null) {
      throw refuse("unknown dtype " + SafetensorsException.quote(json.getString()));
    }
    return type;
  }

  private Shape shape() {
    return new Shape(integers("shape").stream().mapToLong(Long::longValue).toArray());
  }

  private List<Long> integers(String what) {
    expect(json.currentToken(), JsonToken.START_ARRAY, what);
    var numbers = new ArrayList<Long>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      expect(json.currentToken(), JsonToken.VALUE_NUMBER_INT, "a number in " + what);
      numbers.add(natural(json.getString(), what));
    }
    return numbers;
  }

  private long natural(String digits, String what) {
    if (digits.startsWith("-")) throw refuse("negative number %s in %s".formatted(digits, what));
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw refuse(
          "number %s in %s is above 2^63-1".formatted(SafetensorsException.quote(digits), what));
    }
  }

  /// A name or string; half a surrogate pair (only an escape can smuggle one in) is not Unicode.
  private String text(String what) {
    String text =
        json.currentToken() == JsonToken.PROPERTY_NAME ? json.currentName() : json.getString();
    if (!Names.isUnicode(text)) throw refuse(what + " holds half a surrogate pair");
    return text;
  }

  private void expect(@Nullable JsonToken found, JsonToken wanted, String what) {
    if (found != wanted)
      throw refuse("%s is %s, not %s".formatted(what, word(found), word(wanted)));
  }

  private static String word(@Nullable JsonToken token) {
    return switch (token) {
      case null -> "missing";
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_STRING -> "a string";
      case VALUE_NUMBER_INT -> "a whole number";
      case VALUE_NUMBER_FLOAT -> "a number with a fraction or exponent";
      case VALUE_NULL -> "null";
      case VALUE_TRUE, VALUE_FALSE -> "a boolean";
      default -> "something else";
    };
  }

  private long here() {
    return Long.BYTES + json.currentTokenLocation().getByteOffset();
  }

  private SafetensorsException refuse(String reason) {
    long at = Long.BYTES + Math.max(0, json.currentLocation().getByteOffset());
    return new SafetensorsException(file, at, tensor, reason, REMEDY);
  }
}
