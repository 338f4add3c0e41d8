package dev.microtome.models.chat;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Writes a conversation as the text a model was trained on.
///
/// ```java
/// ChatTemplate template = ChatTemplate.read(folder);
/// String text = template.render(List.of(ChatMessage.user("Hi")), new ChatOptions());
/// ```
///
/// The text holds the special tokens already, so it is to be encoded without adding any. Templates
/// are Jinja as Hugging Face's libraries run it (`trim_blocks`, `lstrip_blocks`, loop controls,
/// `tojson`, `raise_exception`, `strftime_now`, `namespace`), in a sandbox: a template sees copies
/// of the messages and nothing else, and has limits on steps, text, depth and time.
public final class ChatTemplate {
  private static final int MAX_SOURCE = 1 << 20;

  private final List<Statement> plain;
  private final @Nullable List<Statement> withTools;
  private final Map<String, Object> specialTokens;

  private ChatTemplate(
      List<Statement> plain,
      @Nullable List<Statement> withTools,
      Map<String, Object> specialTokens) {
    this.plain = plain;
    this.withTools = withTools;
    this.specialTokens = specialTokens;
  }

  /// Parses a template.
  ///
  /// @throws ChatTemplateException when it is broken or uses what Microtome does not have
  public static ChatTemplate of(String template) {
    return new ChatTemplate(parsed(template), null, Map.of());
  }

  /// Reads the template of a model's folder: `chat_template.jinja`, else `chat_template` in
  /// `tokenizer_config.json`; and the special tokens it may name.
  ///
  /// @throws ChatTemplateException when there is none, or it is broken
  public static ChatTemplate read(Path folder) {
    TemplateFolder files = TemplateFolder.read(folder);
    String withTools = files.withTools();
    return new ChatTemplate(
        parsed(files.plain()), withTools == null ? null : parsed(withTools), files.specialTokens());
  }

  private static List<Statement> parsed(String template) {
    if (template.length() > MAX_SOURCE) {
      throw new ChatTemplateException(
          0, "it has %d characters, more than %d".formatted(template.length(), MAX_SOURCE));
    }
    try {
      return StatementParser.parse(template);
    } catch (TemplateFault fault) {
      throw new ChatTemplateException(fault.line, fault.reason);
    }
  }

  /// This template with a special token's text, such as `bos_token`.
  public ChatTemplate specialToken(String name, String text) {
    var more = new LinkedHashMap<>(specialTokens);
    more.put(name, text);
    return new ChatTemplate(plain, withTools, more);
  }

  /// The text of a conversation.
  ///
  /// @throws ChatTemplateException when the template refuses the conversation (its own words are
  ///   the exception's reason), fails on it or exceeds a limit
  public String render(List<ChatMessage> messages, ChatOptions options) {
    var budget = new Budget();
    var globals = new Variables(null);
    LocalDateTime now = options.now();
    Globals.define(globals, now == null ? LocalDateTime.now(ZoneId.systemDefault()) : now, budget);
    specialTokens.forEach(globals::set);
    var scope = new Variables(globals);
    scope.set("messages", Values.of(messages.stream().map(ChatMessage::fields).toList()));
    scope.set("tools", options.tools().isEmpty() ? None.NONE : Values.of(options.tools()));
    scope.set(
        "documents", options.documents().isEmpty() ? None.NONE : Values.of(options.documents()));
    scope.set("add_generation_prompt", options.addGenerationPrompt());
    options.variables().forEach((name, value) -> scope.set(name, Values.of(value)));
    List<Statement> template = withTools == null || options.tools().isEmpty() ? plain : withTools;
    try {
      return new Renderer(budget).render(template, scope);
    } catch (TemplateFault fault) {
      throw new ChatTemplateException(fault.line > 0 ? fault.line : budget.line, fault.reason);
    } catch (StackOverflowError _) {
      throw new ChatTemplateException(budget.line, "it is nested too deep; flatten it");
    }
  }
}
