package dev.microtome.models.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a model's folder says about its chat template.
///
/// @param plain the template
/// @param withTools the one to take when there are tools; null: the same
/// @param specialTokens texts by name, such as `bos_token`
record TemplateFolder(String plain, @Nullable String withTools, Map<String, Object> specialTokens) {
  private static final long MAX_FILE = 1L << 24;
  private static final List<String> TOKENS =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(64).build())
                  .build())
          .build();

  static TemplateFolder read(Path folder) {
    JsonNode config = json(folder.resolve("tokenizer_config.json"));
    var tokens = new LinkedHashMap<String, Object>();
    tokens(json(folder.resolve("special_tokens_map.json")), tokens);
    tokens(config, tokens);
    Path own = folder.resolve("chat_template.jinja");
    if (Files.exists(own)) {
      return new TemplateFolder(text(own), null, tokens);
    }
    JsonNode given = config.path("chat_template");
    if (given.isString()) {
      return new TemplateFolder(given.stringValue(), null, tokens);
    }
    var named = new LinkedHashMap<String, String>();
    for (JsonNode one : given) {
      named.put(one.path("name").asString(""), one.path("template").asString(""));
    }
    String plain = named.get("default");
    if (plain == null) {
      throw new ChatTemplateException(
          0,
          folder
              + " has none: neither chat_template.jinja nor \"chat_template\" in"
              + " tokenizer_config.json; give prompts as text, or add the file");
    }
    return new TemplateFolder(plain, named.get("tool_use"), tokens);
  }

  private static void tokens(JsonNode config, Map<String, Object> tokens) {
    for (String name : TOKENS) {
      JsonNode given = config.path(name);
      JsonNode text = given.isObject() ? given.path("content") : given;
      if (text.isString()) {
        tokens.put(name, text.stringValue());
      }
    }
    var more = new ArrayList<Object>();
    for (JsonNode one : config.path("additional_special_tokens")) {
      more.add(one.isObject() ? one.path("content").asString("") : one.asString(""));
    }
    if (!more.isEmpty()) {
      tokens.put("additional_special_tokens", more);
    }
  }

  private static JsonNode json(Path file) {
    if (!Files.exists(file)) {
      return JSON.createObjectNode();
    }
    try {
      return JSON.readTree(text(file));
    } catch (JacksonException e) {
      throw new ChatTemplateException(
          0, file + " is no JSON (" + e.getOriginalMessage() + "); download it again");
    }
  }

  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_FILE) {
        throw new ChatTemplateException(0, file + " is larger than " + MAX_FILE + " bytes");
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw new ChatTemplateException(0, "can't read " + file + " (" + e + ")");
    }
  }
}
