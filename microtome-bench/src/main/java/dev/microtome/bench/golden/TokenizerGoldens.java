package dev.microtome.bench.golden;

import dev.microtome.models.tokenizer.Encoding;
import dev.microtome.models.tokenizer.Span;
import dev.microtome.models.tokenizer.StreamDecoder;
import dev.microtome.models.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Replays tokenizer goldens: folders with a `tokenizer.json` and files `golden.*.json`, lists of
/// texts with their ids (with and without special tokens), tokens, code-point spans (empty for a
/// token that stands for no text) and decoded text (with and without special tokens).
final class TokenizerGoldens {
  private static final int SHOWN = 5;
  private static final JsonMapper JSON = new JsonMapper();

  private TokenizerGoldens() {}

  static GoldenReport replay(Path dir) {
    try (Stream<Path> all = Files.walk(dir)) {
      List<Path> goldens =
          all.filter(path -> path.getFileName().toString().matches("golden\\..*\\.json"))
              .filter(path -> Files.isRegularFile(path.resolveSibling("tokenizer.json")))
              .sorted()
              .toList();
      return new GoldenReport(goldens.stream().map(path -> file(dir, path)).toList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + dir, e);
    }
  }

  private static FileResult file(Path dir, Path golden) {
    String name = dir.relativize(golden).toString();
    var failures = new ArrayList<String>();
    int passed = 0;
    int failed = 0;
    try {
      Tokenizer tokenizer = Tokenizer.read(golden.resolveSibling("tokenizer.json"));
      for (JsonNode example : JSON.readTree(Golden.textOf(golden))) {
        List<String> wrong = differences(tokenizer, example);
        if (wrong.isEmpty()) {
          passed++;
        } else if (failed++ < SHOWN) {
          failures.add(example.get("text") + ": " + String.join("; ", wrong));
        }
      }
    } catch (IllegalArgumentException | JacksonException e) {
      failed++;
      failures.add(String.valueOf(e.getMessage()));
    }
    return new FileResult(name, passed, failed, failures, null);
  }

  private static List<String> differences(Tokenizer tokenizer, JsonNode example) {
    var wrong = new ArrayList<String>();
    String text = example.get("text").stringValue();
    long[] ids = longs(example.get("ids"));
    try {
      Encoding full = tokenizer.encode(text);
      compare("ids", Arrays.toString(ids), Arrays.toString(full.ids()), wrong);
      compare("tokens", strings(example.get("tokens")), full.tokens(), wrong);
      compare("codepoint_spans", spans(example.get("codepoint_spans")), full.spans(), wrong);
      compare(
          "ids_no_special",
          Arrays.toString(longs(example.get("ids_no_special"))),
          Arrays.toString(tokenizer.encode(text, false).ids()),
          wrong);
      String decoded = example.get("decoded").stringValue();
      compare("decoded", decoded, tokenizer.decode(ids), wrong);
      compare("streamed", decoded, streamed(tokenizer, ids), wrong);
      compare(
          "decoded_skip_special",
          example.get("decoded_skip_special").stringValue(),
          tokenizer.decode(ids, true),
          wrong);
    } catch (RuntimeException e) {
      wrong.add("threw " + e);
    }
    return wrong;
  }

  private static String streamed(Tokenizer tokenizer, long[] ids) {
    StreamDecoder stream = tokenizer.streamDecoder(false);
    var out = new StringBuilder();
    for (long id : ids) {
      out.append(stream.add(id));
    }
    return out.append(stream.finish()).toString();
  }

  private static void compare(String field, Object expected, Object actual, List<String> wrong) {
    if (!expected.equals(actual)) {
      wrong.add(field + ": expected " + expected + " but got " + actual);
    }
  }

  private static Stream<JsonNode> items(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  private static long[] longs(JsonNode list) {
    return items(list).mapToLong(JsonNode::longValue).toArray();
  }

  private static List<String> strings(JsonNode list) {
    return items(list).map(JsonNode::stringValue).toList();
  }

  private static List<Span> spans(JsonNode list) {
    return items(list)
        .map(pair ->
            pair.isEmpty() ? Span.NONE : new Span(pair.get(0).intValue(), pair.get(1).intValue()))
        .toList();
  }
}
