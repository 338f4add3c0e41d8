package dev.microtome.models.tokenizer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A place in a `tokenizer.json`: a JSON value and the path to it, so that whatever is wrong with
/// the value can be said together with where it stands.
record Field(String file, String path, JsonNode node) {
  TokenizerFormatException wrong(String reason, String remedy) {
    return new TokenizerFormatException(file, path, reason, remedy);
  }

  private TokenizerFormatException expected(String what) {
    return wrong("is " + kind() + " where " + what + " is expected", "correct the field");
  }

  String kind() {
    return switch (node.getNodeType()) {
      case STRING -> "the string " + shortened(node.stringValue());
      case NUMBER -> "the number " + shortened(node.toString());
      case BOOLEAN -> "the boolean " + node;
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      case NULL -> "null";
      default -> "missing";
    };
  }

  static String shortened(String text) {
    return text.length() <= 40 ? "\"" + text + "\"" : "\"" + text.substring(0, 37) + "...\"";
  }

  boolean isNull() {
    return node.isNull() || node.isMissingNode();
  }

  Field object() {
    if (!node.isObject()) {
      throw expected("an object");
    }
    return this;
  }

  /// The value under `name`, null when it is missing or null.
  @Nullable Field optional(String name) {
    JsonNode value = object().node.get(name);
    return value == null || value.isNull() ? null : child(name, value);
  }

  Field get(String name) {
    JsonNode value = object().node.get(name);
    if (value == null) {
      throw new TokenizerFormatException(
          file,
          join(name),
          "the field is missing",
          "add it, or take the file from its source again");
    }
    return child(name, value);
  }

  private Field child(String name, JsonNode value) {
    return new Field(file, join(name), value);
  }

  private String join(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  Field item(int index) {
    return new Field(file, path + "[" + index + "]", node.get(index));
  }

  List<Field> items(int limit) {
    if (!node.isArray()) {
      throw expected("a list");
    }
    if (node.size() > limit) {
      throw wrong("has " + node.size() + " items", "use at most " + limit);
    }
    var items = new ArrayList<Field>(node.size());
    for (int i = 0; i < node.size(); i++) {
      items.add(item(i));
    }
    return items;
  }

  String string() {
    if (!node.isString()) {
      throw expected("a string");
    }
    String value = node.stringValue();
    if (CharClass.unpairedSurrogate(value) >= 0) {
      throw wrong("has half a surrogate pair", "write a whole code point");
    }
    return value;
  }

  int codePoint() {
    String value = string();
    if (value.isEmpty() || value.codePointCount(0, value.length()) != 1) {
      throw expected("a string of one character");
    }
    return value.codePointAt(0);
  }

  boolean bool() {
    if (!node.isBoolean()) {
      throw expected("true or false");
    }
    return node.booleanValue();
  }

  boolean bool(String name, boolean otherwise) {
    Field value = optional(name);
    return value == null ? otherwise : value.bool();
  }

  int count() {
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
      throw expected("an integer from 0 to " + Integer.MAX_VALUE);
    }
    return node.intValue();
  }

  /// The `type` that says which of several parts this object describes.
  String type() {
    return get("type").string();
  }

  TokenizerFormatException unsupported(String what, String supported) {
    return new TokenizerFormatException(
        file,
        join("type"),
        "the " + what + " " + shortened(type()) + " is not one Microtome reads",
        "use a tokenizer of " + supported);
  }
}
