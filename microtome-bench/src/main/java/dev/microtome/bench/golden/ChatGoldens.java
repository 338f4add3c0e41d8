package dev.microtome.bench.golden;

import dev.microtome.models.chat.ChatMessage;
import dev.microtome.models.chat.ChatOptions;
import dev.microtome.models.chat.ChatTemplate;
import dev.microtome.models.chat.ChatTemplateException;
import java.util.List;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Conversations rendered by chat templates, which must be equal to the letter.
final class ChatGoldens {
  private static final JsonMapper JSON = new JsonMapper();
  private static final TypeReference<List<Map<String, Object>>> MAPS = new TypeReference<>() {};

  private ChatGoldens() {}

  static void check(JsonNode golden, Comparison found) {
    for (JsonNode one : golden.path("cases")) {
      String template = one.path("template").asString("");
      String conversation = one.path("conversation").asString("");
      boolean prompt = one.path("add_generation_prompt").asBoolean(false);
      found.attempt(
          template + " of " + conversation + (prompt ? ", to be answered" : ""),
          () ->
              found.equal(
                  template + " of " + conversation,
                  one.has("error")
                      ? "error: " + one.path("error").asString("")
                      : one.path("rendered").asString(""),
                  rendered(golden, template, conversation, prompt)));
    }
  }

  private static String rendered(
      JsonNode golden, String template, String conversation, boolean prompt) {
    List<ChatMessage> messages =
        JSON.convertValue(golden.path("conversations").path(conversation), MAPS).stream()
            .map(ChatMessage::new)
            .toList();
    ChatOptions options =
        new ChatOptions()
            .addGenerationPrompt(prompt)
            .tools(JSON.convertValue(golden.path("tools"), MAPS));
    try {
      return ChatTemplate.of(golden.path("templates").path(template).asString(""))
          .specialToken("bos_token", golden.path("bos_token").asString(""))
          .specialToken("eos_token", golden.path("eos_token").asString(""))
          .render(messages, options);
    } catch (ChatTemplateException e) {
      return "error: " + e.reason();
    }
  }
}
