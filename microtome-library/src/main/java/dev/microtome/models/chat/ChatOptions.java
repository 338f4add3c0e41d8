package dev.microtome.models.chat;

import java.time.LocalDateTime;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a template gets besides the messages.
///
/// @param addGenerationPrompt whether the text ends with the opening of an assistant's message
/// @param tools descriptions of functions, as JSON schema in maps; none as a rule
/// @param documents texts to answer from, as maps; none as a rule
/// @param variables further names for the template, such as `enable_thinking`
/// @param now what templates that write a date take for it; null: the clock
public record ChatOptions(
    boolean addGenerationPrompt,
    List<? extends Map<String, ?>> tools,
    List<? extends Map<String, ?>> documents,
    Map<String, @Nullable Object> variables,
    @Nullable LocalDateTime now) {
  public ChatOptions {
    tools = List.copyOf(tools);
    documents = List.copyOf(documents);
    variables = Collections.unmodifiableMap(new LinkedHashMap<>(variables));
  }

  /// For an answer: with the opening of the assistant's message.
  public ChatOptions() {
    this(true, List.of(), List.of(), Map.of(), null);
  }

  public ChatOptions addGenerationPrompt(boolean add) {
    return new ChatOptions(add, tools, documents, variables, now);
  }

  public ChatOptions tools(List<? extends Map<String, ?>> tools) {
    return new ChatOptions(addGenerationPrompt, tools, documents, variables, now);
  }

  public ChatOptions documents(List<? extends Map<String, ?>> documents) {
    return new ChatOptions(addGenerationPrompt, tools, documents, variables, now);
  }

  public ChatOptions variable(String name, @Nullable Object value) {
    var more = new LinkedHashMap<String, @Nullable Object>(variables);
    more.put(name, value);
    return new ChatOptions(addGenerationPrompt, tools, documents, more, now);
  }

  public ChatOptions now(LocalDateTime now) {
    return new ChatOptions(addGenerationPrompt, tools, documents, variables, now);
  }
}
