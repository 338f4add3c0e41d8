package dev.microtome.tensor.file;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Reads `model.safetensors.index.json` or `pytorch_model.bin.index.json`: which tensor lies in
/// which file of the same directory. File names are a stranger's data, so only plain names are let
/// through.
public final class ShardIndex {
  private final Path file;
  private final JsonParser json;

  private ShardIndex(Path file, JsonParser json) {
    this.file = file;
    this.json = json;
  }

  /// Tensor to shard, in the index's order.
  ///
  /// @throws SafetensorsException for a broken index, or a shard outside of its directory
  public static Map<String, String> read(Path file) {
    byte[] text = load(file);
    int bad = StrictJson.firstBadByte(text);
    if (bad >= 0) throw refuse(file, bad, "the index is not UTF-8");
    try (var json = StrictJson.parser(text)) {
      try {
        return new ShardIndex(file, json).read();
      } catch (JacksonException | IllegalStateException e) {
        throw refuse(
            file, json.currentLocation().getByteOffset(), "the index is not sound JSON: " + why(e));
      }
    }
  }

  private static String why(RuntimeException e) {
    return e instanceof JacksonException j
        ? j.getOriginalMessage()
        : String.valueOf(e.getMessage());
  }

  private static byte[] load(Path file) {
    try {
      long size = Files.size(file);
      if (size > StrictJson.LONGEST) {
        throw refuse(file, 0, "an index of %d bytes is above the limit".formatted(size));
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
  }

  private Map<String, String> read() {
    expect(json.nextToken(), JsonToken.START_OBJECT, "the index");
    Map<String, String> map = null;
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      boolean wanted = json.currentName().equals("weight_map");
      json.nextToken();
      if (wanted) map = weightMap();
      else json.skipChildren(); // total_size is only informational
    }
    if (json.nextToken() != null) throw refuse("something follows the index's JSON");
    if (map == null) throw refuse("the index has no weight_map");
    return map;
  }

  private Map<String, String> weightMap() {
    expect(json.currentToken(), JsonToken.START_OBJECT, "weight_map");
    var map = new LinkedHashMap<String, String>();
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String tensor = json.currentName();
      expect(json.nextToken(), JsonToken.VALUE_STRING, "a shard's name");
      String shard = json.getString();
      if (!Names.isPlainFile(shard)) {
        throw refuse(
            "shard %s of tensor %s is not a plain file name in this directory"
                .formatted(SafetensorsException.quote(shard), SafetensorsException.quote(tensor)));
      }
      map.put(tensor, shard);
    }
    return map;
  }

  private void expect(@Nullable JsonToken found, JsonToken wanted, String what) {
    if (found != wanted) throw refuse("%s is %s, not %s".formatted(what, found, wanted));
  }

  private SafetensorsException refuse(String reason) {
    return refuse(file, json.currentLocation().getByteOffset(), reason);
  }

  private static SafetensorsException refuse(Path file, long offset, String reason) {
    return new SafetensorsException(
        file, Math.max(0, offset), null, reason, "fetch the index again");
  }
}
