package dev.microtome.cli;

import dev.microtome.models.Chat;
import dev.microtome.models.Generated;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.chat.ChatMessage;
import dev.microtome.models.chat.ChatOptions;
import dev.microtome.models.pictures.VisibleText;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `microtome chat`: talks with a model, one message a line.
@Command(
    name = "chat",
    description =
        "Talk with a model that has a chat template: every line typed is a message, answers are "
            + "printed as they are made. /clear begins anew, /exit or the end of the input ends. "
            + "With --json every answer is one line of JSON.")
final class ChatCommand implements Callable<Integer> {
  private static final int MAX_NEW_TOKENS = 512;

  @Option(
      names = "--system",
      paramLabel = "TEXT",
      description = "The message before all others, which tells the model how to behave.")
  private @Nullable String system;

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private GenerationArguments generation = new GenerationArguments();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    GenerationOptions options = generation.options(output, MAX_NEW_TOKENS);
    Chat chat = model.openChat();
    boolean failed = false;
    List<ChatMessage> conversation = beginning();
    for (String line = typed(); line != null && !line.equals("/exit"); line = typed()) {
      if (line.equals("/clear")) {
        conversation = beginning();
      } else if (!line.isBlank()) {
        try {
          conversation =
              answered(chat, options, ChatMessage.and(conversation, ChatMessage.user(line)));
        } catch (IllegalArgumentException refused) { // too long, or the template's own refusal
          output.err().println("microtome: " + refused.getMessage() + " (/clear begins anew)");
          failed = true;
        }
      }
    }
    return failed ? 1 : 0;
  }

  private List<ChatMessage> beginning() {
    return system == null ? List.of() : List.of(ChatMessage.system(system));
  }

  private @Nullable String typed() {
    if (output.isTerminal() && !output.json) {
      output.piece(output.ansi().bold("> "));
    }
    return output.typed();
  }

  // The conversation with the model's answer, which has been printed.
  private List<ChatMessage> answered(
      Chat chat, GenerationOptions options, List<ChatMessage> conversation) {
    Generated generated =
        chat.answer(
            conversation,
            new ChatOptions(),
            options,
            text -> {
              if (!output.json) {
                output.piece(VisibleText.printable(text));
              }
            });
    String answer = chat.model().tokenizer().decode(generated.ids(), true);
    if (output.json) {
      output.json(Map.of("role", "assistant", "content", answer));
    } else {
      output.line("");
    }
    if (generated.stop() == Generated.Stop.CONTEXT_FULL) {
      output.err().println("(the model's context is full; /clear begins anew)");
    }
    return ChatMessage.and(conversation, ChatMessage.assistant(answer));
  }
}
