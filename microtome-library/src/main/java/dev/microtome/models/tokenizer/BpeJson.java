package dev.microtome.models.tokenizer;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Reads the `model` field of a `tokenizer.json` of type BPE.
final class BpeJson {
  private BpeJson() {}

  static Vocabulary vocabulary(Field field) {
    JsonNode object = field.object().node();
    Map<String, Integer> ids = HashMap.newHashMap(object.size());
    var owners = new HashMap<Integer, String>(object.size() * 2);
    for (Map.Entry<String, JsonNode> entry : object.properties()) {
      JsonNode value = entry.getValue();
      String token = entry.getKey();
      boolean inRange =
          value.isIntegralNumber()
              && value.canConvertToInt()
              && value.intValue() >= 0
              && value.intValue() < Vocabulary.MAX_ID;
      if (!inRange) {
        throw field.wrong(
            Field.shortened(token) + " has the id " + value,
            "use ids from 0 to " + Vocabulary.MAX_ID);
      }
      if (CharClass.unpairedSurrogate(token) >= 0) {
        throw field.wrong(
            Field.shortened(token) + " has half a surrogate pair", "write a whole code point");
      }
      String owner = owners.putIfAbsent(value.intValue(), token);
      if (owner != null) {
        throw field.wrong(
            Field.shortened(owner)
                + " and "
                + Field.shortened(token)
                + " both have the id "
                + value,
            "give each token an id of its own");
      }
      ids.put(token, value.intValue());
    }
    if (ids.isEmpty()) {
      throw field.wrong("is empty", "give a vocabulary");
    }
    return new Vocabulary(ids);
  }

  static Bpe read(Field model, Vocabulary vocabulary) {
    Field dropout = model.optional("dropout");
    if (dropout != null && !(dropout.node().isNumber() && dropout.node().doubleValue() == 0)) {
      throw dropout.wrong(
          "is " + dropout.kind() + ", which makes encoding random", "set it to null");
    }
    String prefix = text(model.optional("continuing_subword_prefix"));
    Field unknown = model.optional("unk_token");
    var options =
        new Bpe.Options(
            model.file(),
            unknown == null ? null : unknown.string(),
            prefix,
            text(model.optional("end_of_word_suffix")),
            model.bool("fuse_unk", false),
            model.bool("byte_fallback", false),
            model.bool("ignore_merges", false));
    return new Bpe(vocabulary, merges(model.get("merges"), vocabulary, prefix), options);
  }

  private static String text(@Nullable Field field) {
    String text = field == null ? "" : field.string();
    if (field != null && text.length() > 64) {
      throw field.wrong("has " + text.length() + " characters", "use at most 64");
    }
    return text;
  }

  private static MergeTable merges(Field field, Vocabulary vocabulary, String prefix) {
    if (!field.node().isArray()) {
      throw field.wrong("is " + field.kind() + " where a list is expected", "give the merges");
    }
    var table = new MergeTable(field.node().size());
    int rank = 0;
    for (int i = 0; i < field.node().size(); i++) {
      JsonNode item = field.node().get(i);
      if (item.isString() && item.stringValue().startsWith("#version")) {
        continue;
      }
      String[] pair = pair(field, i, item);
      int left = id(field, i, pair[0], vocabulary);
      int right = id(field, i, pair[1], vocabulary);
      if (!pair[1].startsWith(prefix)) {
        throw field
            .item(i)
            .wrong(
                Field.shortened(pair[1]) + " does not begin with " + Field.shortened(prefix),
                "correct the merge or model.continuing_subword_prefix");
      }
      String joined = pair[0] + pair[1].substring(prefix.length());
      table.put(left, right, rank++, id(field, i, joined, vocabulary));
    }
    return table;
  }

  private static String[] pair(Field field, int index, JsonNode item) {
    if (item.isArray() && item.size() == 2 && item.get(0).isString() && item.get(1).isString()) {
      return new String[] {item.get(0).stringValue(), item.get(1).stringValue()};
    }
    String[] parts = item.isString() ? item.stringValue().split(" ", -1) : new String[0];
    if (parts.length != 2) {
      throw field.item(index).wrong("is no pair of tokens", "write \"a b\" or [\"a\", \"b\"]");
    }
    return parts;
  }

  private static int id(Field field, int index, String token, Vocabulary vocabulary) {
    int id = vocabulary.modelId(token);
    if (id < 0) {
      throw field
          .item(index)
          .wrong(
              "needs the token " + Field.shortened(token) + ", which model.vocab lacks",
              "add the token or remove the merge");
    }
    return id;
  }
}
