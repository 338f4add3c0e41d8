package dev.microtome.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

class BadTokenizerJsonTest {
  @TempDir Path dir;

  private void refused(Consumer<ObjectNode> change, String field, String reason) {
    Path file = Fixtures.changed(dir, "stories260K", change);
    assertThatExceptionOfType(TokenizerFormatException.class)
        .isThrownBy(() -> Tokenizer.read(file))
        .satisfies(e -> assertThat(e.field()).isEqualTo(field))
        .withMessageContaining(file.toString())
        .withMessageContaining(reason);
  }

  private void refused(String content) {
    Path file = Fixtures.written(dir, content.getBytes(StandardCharsets.UTF_8));
    assertThatExceptionOfType(TokenizerFormatException.class)
        .isThrownBy(() -> Tokenizer.read(file))
        .withMessageContaining(file.toString());
  }

  @Test
  void a_missing_file_is_refused_by_name() {
    assertThatExceptionOfType(TokenizerFormatException.class)
        .isThrownBy(() -> Tokenizer.read(dir.resolve("nowhere.json")))
        .withMessageContaining("nowhere.json");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "[]",
        "7",
        "{",
        "{}",
        "{\"model\": null}",
        "{} {}",
        "{\"a\":1,\"a\":2}"
      })
  void a_file_that_is_no_tokenizer_is_refused(String content) {
    refused(content);
  }

  @Test
  void deep_nesting_is_refused_before_it_costs_anything() {
    refused("[".repeat(100_000));
    refused("{\"normalizer\":".repeat(100_000));
  }

  @Test
  void a_million_steps_are_refused() {
    refused(
        root -> {
          ArrayNode steps =
              root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
          for (int i = 0; i < 100_000; i++) {
            steps.addObject().put("type", "NFC");
          }
        },
        "normalizer.normalizers",
        "100000");
  }

  @ParameterizedTest
  @CsvSource({
    "model, Unigram", "model, WordPiece", "normalizer, BertNormalizer",
    "pre_tokenizer, BertPreTokenizer", "post_processor, RobertaProcessing", "decoder, CTC"
  })
  void an_unknown_type_is_refused_by_name(String field, String type) {
    refused(root -> root.putObject(field).put("type", type), field + ".type", type);
  }

  @Test
  void merges_of_unknown_tokens_are_refused() {
    refused(
        root -> ((ArrayNode) root.at("/model/merges")).set(3, "zebra quagga"),
        "model.merges[3]",
        "zebra");
    refused(root -> ((ArrayNode) root.at("/model/merges")).set(4, 12), "model.merges[4]", "pair");
    refused(root -> ((ObjectNode) root.get("model")).put("merges", "a b"), "model.merges", "list");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "99999999999", "2000000000", "1.5", "\"1\"", "null", "511"})
  void an_id_out_of_range_or_given_twice_is_refused(String id) {
    refused(
        root -> ((ObjectNode) root.at("/model/vocab")).set("new", Fixtures.JSON.readTree(id)),
        "model.vocab",
        "id");
  }

  @Test
  void an_added_token_that_contradicts_the_vocabulary_is_refused() {
    refused(
        root -> ((ObjectNode) root.at("/added_tokens/1")).put("id", 5), "added_tokens[1]", "has 1");
    refused(
        root -> ((ObjectNode) root.at("/added_tokens/1")).put("content", "new"),
        "added_tokens[1]",
        "<s>");
    refused(
        root -> ((ObjectNode) root.at("/added_tokens/1")).put("content", "<unk>"),
        "added_tokens[1]",
        "again");
  }

  @Test
  void a_template_with_a_special_token_nobody_defines_is_refused() {
    refused(
        root -> ((ObjectNode) root.at("/post_processor/special_tokens")).remove("<s>"),
        "post_processor.single[0].SpecialToken.id",
        "<s>");
    refused(
        root -> ((ArrayNode) root.at("/post_processor/special_tokens/<s>/ids")).set(0, 4711),
        "post_processor.special_tokens.<s>.ids[0]",
        "no token");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"(", "[", "\\", "a{2", "\\p{Nonsense}", "*", "(?<n", "[[:alpha:]", "\\p{"})
  void a_broken_pattern_is_refused_or_taken_literally(String regex) {
    Path file = Fixtures.changed(dir, "stories260K", root -> replace(root, regex));
    try {
      Tokenizer.read(file).encode("some text");
    } catch (TokenizerFormatException e) {
      assertThat(e.field()).isEqualTo("normalizer.pattern.Regex");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"(a+)+$", "(a|aa)+$", "((a|b|ab)*)*c"})
  void a_pattern_that_backtracks_without_end_is_stopped(String regex) {
    Path file = Fixtures.changed(dir, "stories260K", root -> replace(root, regex));
    Tokenizer tokenizer = Tokenizer.read(file);
    try {
      tokenizer.encode("a".repeat(2000) + "!");
    } catch (TokenizerFormatException e) {
      assertThat(e).hasMessageContaining("backtracks");
    }
  }

  private static void replace(ObjectNode root, String regex) {
    ObjectNode replace = root.putObject("normalizer").put("type", "Replace").put("content", "-");
    replace.putObject("pattern").put("Regex", regex);
  }

  @Test
  void every_truncation_is_refused() {
    byte[] whole = Fixtures.bytes("stories260K/tokenizer.json");
    for (int length = 0; length < whole.length - 2; length += 97) {
      Path file = Fixtures.written(dir, Arrays.copyOf(whole, length));
      assertThatExceptionOfType(TokenizerFormatException.class)
          .isThrownBy(() -> Tokenizer.read(file));
    }
  }

  @Test
  void a_mutated_file_is_read_or_refused_and_nothing_else() {
    byte[] whole = Fixtures.bytes("stories260K-metaspace/tokenizer.json");
    var random = new Random(20261121);
    for (int round = 0; round < 600; round++) {
      byte[] mutant = whole.clone();
      for (int n = random.nextInt(3); n >= 0; n--) {
        // Every other mutation hits the short part outside the vocabulary.
        int from = round % 2 == 0 ? 0 : random.nextInt(whole.length);
        int at = Math.min(whole.length - 1, from + random.nextInt(1800));
        mutant[at] =
            random.nextBoolean()
                ? (byte) random.nextInt(256)
                : (byte) " {}[],:\"-09ntf\\".charAt(random.nextInt(15));
      }
      Path file = Fixtures.written(dir, mutant);
      try {
        Tokenizer tokenizer = Tokenizer.read(file);
        tokenizer.decode(tokenizer.encode("Once upon a <s> time, é🙂\n").ids());
      } catch (TokenizerFormatException refusal) {
        assertThat(refusal).hasMessageContaining(file.toString());
      }
    }
  }
}
