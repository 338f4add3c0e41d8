package dev.microtome.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class TokenizerTest {
  private static final Tokenizer STORIES =
      Tokenizer.read(Fixtures.file("stories260K/tokenizer.json"));
  private static final Tokenizer LLAMA3 =
      Tokenizer.read(Fixtures.file("llama3-mini/tokenizer.json"));

  @ParameterizedTest
  @ValueSource(
      strings = {"gpt2-mini-variants", "llama3-mini", "stories260K", "stories260K-metaspace"})
  void every_recorded_text_is_encoded_and_decoded_exactly(String name) {
    Tokenizer tokenizer = Tokenizer.read(Fixtures.file(name + "/tokenizer.json"));
    for (JsonNode golden : Fixtures.json(name + "/golden.json")) {
      String text = golden.get("text").stringValue();
      long[] ids = longs(golden.get("ids"));
      Encoding encoding = tokenizer.encode(text);
      assertThat(encoding.ids()).as(text).isEqualTo(ids);
      assertThat(encoding.tokens())
          .as(text)
          .isEqualTo(stream(golden.get("tokens")).map(JsonNode::stringValue).toList());
      assertThat(encoding.spans())
          .as(text)
          .isEqualTo(stream(golden.get("codepoint_spans")).map(TokenizerTest::span).toList());
      assertThat(tokenizer.encode(text, false).ids())
          .as(text)
          .isEqualTo(longs(golden.get("ids_no_special")));
      assertThat(tokenizer.decode(ids)).isEqualTo(golden.get("decoded").stringValue());
      assertThat(tokenizer.decode(ids, true))
          .isEqualTo(golden.get("decoded_skip_special").stringValue());
    }
  }

  @Test
  void tokens_and_ids_are_looked_up_both_ways() {
    assertThat(LLAMA3.vocabularySize()).isEqualTo(1761);
    assertThat(LLAMA3.id("<|eot_id|>")).hasValue(1760);
    assertThat(LLAMA3.token(1760)).isEqualTo("<|eot_id|>");
    assertThat(LLAMA3.id("no such token")).isEmpty();
    assertThat(LLAMA3.specialIds()).containsExactly(1756L, 1757L, 1758L, 1759L, 1760L);
  }

  @Test
  void an_id_out_of_range_is_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LLAMA3.decode(1761))
        .withMessageContaining("1761");
    assertThatIllegalArgumentException().isThrownBy(() -> LLAMA3.token(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> LLAMA3.token(Long.MAX_VALUE));
  }

  @Test
  void half_a_surrogate_pair_is_refused_with_its_place() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LLAMA3.encode("ab\uD83D"))
        .withMessageContaining("index 2");
  }

  @Test
  void spans_count_code_points_and_convert_to_utf16() {
    String text = "🙂 cat";
    Encoding encoding = LLAMA3.encode(text, false);
    Span last = encoding.spans().getLast();
    assertThat(last.end()).isEqualTo(5);
    assertThat(last.inUtf16(text).end()).isEqualTo(text.length());
    assertThatIllegalArgumentException().isThrownBy(() -> Span.NONE.inUtf16(text));
    assertThatIllegalArgumentException().isThrownBy(() -> new Span(4, 6).inUtf16(text));
  }

  @Test
  void streamed_pieces_never_hold_half_a_character_and_add_up() {
    for (Tokenizer tokenizer : new Tokenizer[] {STORIES, LLAMA3}) {
      String text = "héllo 🙂👨‍👩‍👧 日本 Ende";
      long[] ids = tokenizer.encode(text, false).ids();
      StreamDecoder stream = tokenizer.streamDecoder(true);
      var all = new StringBuilder();
      for (long id : ids) {
        String piece = stream.add(id);
        assertThat(piece).doesNotContain("\uFFFD");
        all.append(piece);
      }
      assertThat(all.append(stream.finish())).hasToString(text);
    }
  }

  @Test
  void a_character_the_stream_ends_in_becomes_a_replacement_character() {
    long[] ids = LLAMA3.encode("🙂", false).ids();
    StreamDecoder stream = LLAMA3.streamDecoder(false);
    assertThat(stream.add(ids[0])).isEmpty();
    assertThat(stream.finish()).isEqualTo("\uFFFD");
  }

  @Test
  void a_word_of_a_hundred_thousand_letters_is_no_trouble() {
    String text = "a".repeat(100_000);
    assertThat(STORIES.decode(STORIES.encode(text).ids(), true)).isEqualTo(text);
    assertThat(LLAMA3.decode(LLAMA3.encode(text).ids(), true)).isEqualTo(text);
  }

  @ParameterizedTest
  @CsvSource({
    "(?<=\\w)\\b, ab 𝔘² +, ab| 𝔘²| +",
    "[[:punct:]], a+b!, a|b|",
    "\\p{Punct}, a+b!, a+b|",
    "\\d{1;2}+, a12345b, a|b",
    "(?m)b., ab\\n, a|",
    "\\h+, xfFg, x|g",
    "\\p{^L}, a1é, a|é",
  })
  void patterns_are_read_as_oniguruma_reads_them(
      String regex, String text, String expected, @TempDir Path dir) {
    Path file =
        Fixtures.changed(
            dir,
            "llama3-mini",
            root -> {
              ObjectNode replace = root.putObject("normalizer").put("type", "Replace");
              replace.put("content", "|");
              replace.putObject("pattern").put("Regex", regex.replace(';', ','));
            });
    Tokenizer tokenizer = Tokenizer.read(file);
    String given = text.replace("\\n", "\n");
    assertThat(tokenizer.decode(tokenizer.encode(given, false).ids())).isEqualTo(expected);
  }

  @Test
  void encodings_are_compared_by_content() {
    assertThat(LLAMA3.encode("a cat"))
        .isEqualTo(LLAMA3.encode("a cat"))
        .hasSameHashCodeAs(LLAMA3.encode("a cat"))
        .isNotEqualTo(LLAMA3.encode("a dog"));
  }

  private static java.util.stream.Stream<JsonNode> stream(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  private static long[] longs(JsonNode list) {
    return stream(list).mapToLong(JsonNode::longValue).toArray();
  }

  private static Span span(JsonNode pair) {
    return pair.isEmpty() ? Span.NONE : new Span(pair.get(0).intValue(), pair.get(1).intValue());
  }
}
