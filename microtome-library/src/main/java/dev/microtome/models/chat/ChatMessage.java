package dev.microtome.models.chat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One message of a conversation.
///
/// @param fields what the template sees: `role`, `content` and whatever else belongs to it, such as
///   `tool_calls`; values are texts, numbers, booleans, null, lists and maps of these
public record ChatMessage(Map<String, @Nullable Object> fields) {
  public ChatMessage {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    if (!(fields.get("role") instanceof String)) {
      throw new IllegalArgumentException(
          "a chat message needs a \"role\", such as \"user\"; it has " + fields.keySet());
    }
  }

  /// A message of text.
  public static ChatMessage of(String role, String content) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("role", role);
    fields.put("content", content);
    return new ChatMessage(fields);
  }

  public static ChatMessage system(String content) {
    return of("system", content);
  }

  public static ChatMessage user(String content) {
    return of("user", content);
  }

  public static ChatMessage assistant(String content) {
    return of("assistant", content);
  }

  /// This conversation and one message more.
  public static List<ChatMessage> and(List<ChatMessage> conversation, ChatMessage next) {
    var longer = new ArrayList<>(conversation);
    longer.add(next);
    return List.copyOf(longer);
  }

  public String role() {
    return String.valueOf(fields.get("role"));
  }
}
