package dev.microtome.models.finetune;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.text.CorpusException;
import dev.microtome.models.text.Utf8File;
import dev.microtome.models.tokenizer.Encoding;
import dev.microtome.models.tokenizer.Span;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads examples: a `.jsonl` file has one JSON object a line, `{"text": …}` or `{"prompt": …,
/// "completion": …}`, of which only the completion is learned; any other file is one long text.
///
/// What is longer than `length` tokens is cut into pieces, except completions, which would lose
/// their prompts. The model's end token follows every line of a `.jsonl` file.
public final class ExampleFile {
  private static final int LONGEST_LINE = 1 << 20;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(64).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final Path file;
  private final LanguageModel<?> model;
  private final int length;
  private final List<Example> found = new ArrayList<>();

  private ExampleFile(Path file, LanguageModel<?> model, int length) {
    this.file = file;
    this.model = model;
    this.length = length;
  }

  /// The examples of a file for a model.
  ///
  /// @param length most tokens the network reads at once, at most its context
  /// @throws CorpusException when the file is not what it should be; names the line
  public static List<Example> read(Path file, LanguageModel<?> model, int length) {
    if (length < 1 || length > model.network().context()) {
      throw new IllegalArgumentException(
          "sequences must have 1 to %d tokens, the model's context, got %d"
              .formatted(model.network().context(), length));
    }
    var reader = new ExampleFile(file, model, length);
    String text = Utf8File.read(file);
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl")) {
      reader.lines(text);
    } else {
      reader.pieces(model.tokenizer().encode(text).ids());
    }
    if (reader.found.isEmpty()) {
      throw new CorpusException(file, "holds nothing to learn", "give two tokens or more");
    }
    return List.copyOf(reader.found);
  }

  private void lines(String text) {
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.length() > LONGEST_LINE) {
        throw bad(number, "has %d characters".formatted(line.length()), "cut it into several");
      }
      if (!line.isBlank()) {
        line(number, line);
      }
    }
  }

  private void line(int number, String line) {
    JsonNode object;
    try {
      object = JSON.readTree(line);
    } catch (JacksonException e) {
      throw bad(number, "is not sound JSON (" + e.getOriginalMessage() + ")", "mend it");
    }
    if (object.path("text").isString() && !object.has("prompt") && !object.has("completion")) {
      long[] ids = ended(model.tokenizer().encode(object.path("text").asString()).ids());
      if (ids.length < 2) {
        throw bad(number, "has a text of less than two tokens", "leave it out");
      }
      pieces(ids);
    } else if (object.path("prompt").isString()
        && object.path("completion").isString()
        && !object.has("text")) {
      found.add(
          completed(
              number, object.path("prompt").asString(), object.path("completion").asString()));
    } else {
      throw bad(
          number,
          "has %s".formatted(object.isObject() ? object.propertyNames() : "no object"),
          "give a \"text\", or a \"prompt\" and a \"completion\", as strings");
    }
  }

  /// Encoded as one text, as the model will see it; a token that spans the border is learned.
  private Example completed(int number, String prompt, String completion) {
    if (prompt.isEmpty() || completion.isEmpty()) {
      throw bad(number, "has an empty prompt or completion", "fill it in, or give a \"text\"");
    }
    Encoding encoding = model.tokenizer().encode(prompt + completion);
    int border = prompt.codePointCount(0, prompt.length());
    int from = 0;
    while (from < encoding.size() && endsBefore(encoding.spans().get(from), border)) {
      from++;
    }
    long[] ids = ended(encoding.ids());
    if (ids.length > length + 1) {
      throw bad(
          number,
          "has %d tokens, %d are read at once".formatted(ids.length, length),
          "shorten it or allow longer sequences");
    }
    if (from < 1 || from >= encoding.size()) {
      throw bad(number, "has a prompt or a completion without tokens", "leave it out");
    }
    return new Example(ids, from);
  }

  private static boolean endsBefore(Span span, int border) {
    return span.isNone() || span.end() <= border;
  }

  private long[] ended(long[] ids) {
    List<Long> ends = model.generationDefaults().stops();
    if (ends.isEmpty() || (ids.length > 0 && ends.contains(ids[ids.length - 1]))) {
      return ids;
    }
    long[] longer = Arrays.copyOf(ids, ids.length + 1);
    longer[ids.length] = ends.getFirst();
    return longer;
  }

  /// Each begins with the last token of the one before, so that every token but the first is
  /// learned once.
  private void pieces(long[] ids) {
    for (int from = 0; from + 1 < ids.length; from += length) {
      found.add(
          new Example(Arrays.copyOfRange(ids, from, Math.min(ids.length, from + length + 1)), 1));
    }
  }

  private CorpusException bad(int line, String reason, String remedy) {
    return new CorpusException(file, line, reason, remedy);
  }
}
