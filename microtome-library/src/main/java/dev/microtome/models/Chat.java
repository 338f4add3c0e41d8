package dev.microtome.models;

import dev.microtome.models.chat.ChatMessage;
import dev.microtome.models.chat.ChatOptions;
import dev.microtome.models.chat.ChatTemplate;
import dev.microtome.models.hub.Hub;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// A language model to talk with: messages in, the assistant's answer out.
///
/// ```java
/// var chat = Chat.load("organization/name");
/// String answer = chat.answer(List.of(ChatMessage.user("Hi")), new GenerationOptions()).text();
/// ```
///
/// @param model the model, with a tokenizer
/// @param template how it was trained to see conversations
public record Chat(LanguageModel<?> model, ChatTemplate template) {
  /// Opens a folder or a hub's repository by name.
  ///
  /// @throws dev.microtome.models.hub.HubException when it can't be had
  /// @throws dev.microtome.models.chat.ChatTemplateException when it has no chat template
  public static Chat load(String folderOrRepo) {
    Path folder = Hub.standard().folder(folderOrRepo);
    return new Chat(LanguageModel.load(folder), ChatTemplate.read(folder));
  }

  /// The tokens a conversation becomes. The template has written the special tokens, so none are
  /// added.
  public long[] encode(List<ChatMessage> messages, ChatOptions options) {
    return model.tokenizer().encode(template.render(messages, options), false).ids();
  }

  /// The assistant's next message.
  public Generated answer(List<ChatMessage> messages, GenerationOptions generation) {
    return answer(messages, new ChatOptions(), generation, _ -> {});
  }

  /// The assistant's next message; `onText` gets it piece by piece, in whole characters.
  public Generated answer(
      List<ChatMessage> messages,
      ChatOptions options,
      GenerationOptions generation,
      Consumer<String> onText) {
    return model
        .generateIds(
            List.of(encode(messages, options)), generation, (_, _, text) -> onText.accept(text))
        .getFirst();
  }
}
