package dev.microtome.models;

import dev.microtome.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// One JSON object of a model folder, read key by key with its types and ranges checked. A key may
/// have several names, of which the file must not give contradicting values; `null` counts as not
/// given. Python's `NaN` and `Infinity` are taken, and refused where a range is asked for.
final class ConfigFile {
  private static final long MOST_BYTES = 4 << 20;

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(64)
                          .maxDocumentLength(MOST_BYTES)
                          .maxNumberLength(100)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final List<DType> STORED = List.of(DType.FLOAT32, DType.FLOAT16, DType.BFLOAT16);

  private final Path file;
  private final String inside; // of which object of the file this is, for messages
  private final JsonNode root;

  private ConfigFile(Path file, String inside, JsonNode root) {
    this.file = file;
    this.inside = inside;
    this.root = root;
  }

  static ConfigFile read(Path file) {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new ModelFormatException(
            file, "is larger than %d bytes".formatted(MOST_BYTES), "this is no configuration");
      }
      JsonNode root = JSON.readTree(Files.readAllBytes(file));
      if (!root.isObject()) {
        throw new ModelFormatException(file, "is not a JSON object", "fetch it again");
      }
      return new ConfigFile(file, "", root);
    } catch (IOException e) {
      throw new ModelFormatException(file, "can't be read (" + e + ")", "check the path");
    } catch (JacksonException e) {
      throw new ModelFormatException(
          file, "is not sound JSON (" + e.getOriginalMessage() + ")", "fetch it again");
    }
  }

  /// An object that came from no file; messages call it `name`.
  static ConfigFile of(String name, JsonNode object) {
    return new ConfigFile(Path.of(name), "", object);
  }

  Path file() {
    return file;
  }

  boolean has(String name) {
    return root.hasNonNull(name);
  }

  /// Whether the key is there, `null` or not.
  boolean mentions(String name) {
    return root.has(name);
  }

  /// The object at a key, or null.
  @Nullable ConfigFile object(String name) {
    JsonNode given = find(name);
    if (given != null && !given.isObject()) {
      throw wrong(name, given, "an object");
    }
    return given == null ? null : new ConfigFile(file, inside + name + ".", given);
  }

  /// A list of strings; null when not given.
  @Nullable List<String> texts(String name) {
    JsonNode given = find(name);
    if (given == null) {
      return null;
    }
    var texts = new ArrayList<String>();
    for (JsonNode one : given.isArray() ? given : List.of(given)) {
      if (!one.isString()) {
        throw wrong(name, given, "a list of strings");
      }
      texts.add(one.stringValue());
    }
    return texts;
  }

  /// The name of a non-linearity.
  String activation(String fallback, String name) {
    String given = text(name);
    if (given != null && !Activation.names().contains(given)) {
      throw wrong(name, given, "one of " + Activation.names());
    }
    return given == null ? fallback : given;
  }

  /// What the weights are stored in.
  DType dtype() {
    String name = text("torch_dtype", "dtype");
    if (name == null) {
      return DType.FLOAT32;
    }
    for (DType known : STORED) {
      if (known.label().equals(name) || known.toString().equals(name)) {
        return known;
      }
    }
    throw wrong("torch_dtype", name, "float32, float16 or bfloat16");
  }

  int size(int fallback, int most, String... names) {
    Integer given = optionalSize(1, most, names);
    return given == null ? fallback : given;
  }

  @Nullable Integer optionalSize(int least, int most, String... names) {
    JsonNode given = find(names);
    if (given == null) {
      return null;
    }
    if (!given.isIntegralNumber()
        || !given.canConvertToInt()
        || given.intValue() < least
        || given.intValue() > most) {
      throw wrong(names[0], given, "a whole number from %d to %d".formatted(least, most));
    }
    return given.intValue();
  }

  @Nullable Long optionalLong(String name) {
    JsonNode given = find(name);
    if (given != null && !given.canConvertToLong()) {
      throw wrong(name, given, "a whole number");
    }
    return given == null ? null : given.longValue();
  }

  double number(double fallback, double least, double most, String name) {
    Double given = optionalNumber(least, most, name);
    return given == null ? fallback : given;
  }

  @Nullable Double optionalNumber(double least, double most, String name) {
    JsonNode given = find(name);
    if (given == null) {
      return null;
    }
    double value = given.isNumber() ? given.doubleValue() : Double.NaN;
    if (!(value >= least && value <= most)) {
      throw wrong(name, given, "a number from %s to %s".formatted(least, most));
    }
    return value;
  }

  boolean flag(boolean fallback, String name) {
    Boolean given = optionalFlag(name);
    return given == null ? fallback : given;
  }

  @Nullable Boolean optionalFlag(String name) {
    JsonNode given = find(name);
    if (given != null && !given.isBoolean()) {
      throw wrong(name, given, "true or false");
    }
    return given == null ? null : given.booleanValue();
  }

  @Nullable String text(String... names) {
    JsonNode given = find(names);
    if (given != null && !given.isString()) {
      throw wrong(names[0], given, "a string");
    }
    return given == null ? null : given.stringValue();
  }

  /// A token id, or null.
  @Nullable Long id(String name) {
    List<Long> ids = ids(name);
    return ids == null || ids.isEmpty() ? null : ids.getFirst();
  }

  /// One token id or a list of them; null when not given.
  @Nullable List<Long> ids(String name) {
    JsonNode given = find(name);
    if (given == null) {
      return null;
    }
    var ids = new ArrayList<Long>();
    for (JsonNode one : given.isArray() ? given : List.of(given)) {
      if (!one.isIntegralNumber() || !one.canConvertToInt() || one.intValue() < 0) {
        throw wrong(name, given, "a token id or a list of them");
      }
      ids.add(one.longValue());
    }
    return List.copyOf(ids);
  }

  /// A list of lists of token ids; null when not given.
  @Nullable List<List<Long>> idLists(String name) {
    JsonNode given = find(name);
    if (given == null) {
      return null;
    }
    var lists = new ArrayList<List<Long>>();
    for (JsonNode list : given) {
      var ids = new ArrayList<Long>();
      for (JsonNode one : list) {
        if (!one.isIntegralNumber() || !one.canConvertToInt() || one.intValue() < 0) {
          throw wrong(name, given, "a list of lists of token ids");
        }
        ids.add(one.longValue());
      }
      lists.add(List.copyOf(ids));
    }
    return List.copyOf(lists);
  }

  private @Nullable JsonNode find(String... names) {
    JsonNode found = null;
    for (String name : names) {
      JsonNode given = root.get(name);
      if (given == null || given.isNull()) {
        continue;
      }
      if (found != null && !found.equals(given)) {
        throw wrong(name, given, "the same as \"%s\", %s".formatted(names[0], brief(found)));
      }
      found = given;
    }
    return found;
  }

  ModelFormatException wrong(String name, Object given, String wanted) {
    return new ModelFormatException(
        file, "\"%s%s\" is %s".formatted(inside, name, brief(given)), "it must be " + wanted);
  }

  private static String brief(Object value) {
    String text = value.toString();
    return text.length() <= 60 ? text : text.substring(0, 60) + "…";
  }
}
