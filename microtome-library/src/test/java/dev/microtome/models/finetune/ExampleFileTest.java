package dev.microtome.models.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.text.CorpusException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleFileTest {
  private static final long END = 50256;

  @TempDir Path dir;

  private final LanguageModel<Gpt2> lm = LanguageModel.shipped();

  private List<Example> read(String name, String text) throws IOException {
    return ExampleFile.read(Files.writeString(dir.resolve(name), text), lm, 8);
  }

  private void refused(String text, String why) {
    assertThatExceptionOfType(CorpusException.class)
        .isThrownBy(() -> read("bad.jsonl", text))
        .withMessageContaining("bad.jsonl")
        .withMessageContaining(why);
  }

  @Test
  void a_text_is_cut_so_that_every_token_but_the_first_is_learned_once() throws IOException {
    String text = "The Eiffel Tower is in the city of Paris.\n".repeat(3);
    long[] ids = lm.tokenizer().encode(text).ids();
    var learned = new ArrayList<Long>();
    for (Example example : read("text.txt", text)) {
      assertThat(example.length()).isLessThanOrEqualTo(8);
      assertThat(example.from()).isEqualTo(1);
      Arrays.stream(example.ids()).skip(1).forEach(learned::add);
    }
    assertThat(learned).containsExactlyElementsOf(Arrays.stream(ids).skip(1).boxed().toList());
  }

  @Test
  void of_a_completion_only_its_tokens_and_the_end_are_learned() throws IOException {
    Example example =
        read(
                "a.jsonl",
                """

                {"prompt": "Big Ben is in", "completion": " London."}
                """)
            .getFirst();
    long[] ids = lm.tokenizer().encode("Big Ben is in London.").ids();
    assertThat(example.ids()).startsWith(ids).endsWith(END).hasSize(ids.length + 1);
    assertThat(Arrays.copyOfRange(example.ids(), example.from(), ids.length))
        .isEqualTo(lm.tokenizer().encode(" London.").ids());
    assertThat(example.counted()).isEqualTo(3);
  }

  @Test
  void texts_line_by_line_end_with_the_end_token() throws IOException {
    List<Example> two =
        read("a.jsonl", "{\"text\": \"Big Ben\", \"id\": 1}\r\n{\"text\": \"The Bund\"}");
    assertThat(two).hasSize(2).allSatisfy(one -> assertThat(one.ids()).endsWith(END));
  }

  @Test
  void bad_lines_are_named() {
    refused("{\"text\": \"fine\"}\n{\"text\": 1}", "line 2: has [text]; give a \"text\"");
    refused("{\"promt\": \"a\", \"completion\": \"b\"}", "line 1: has [promt, completion]");
    refused("{\"text\": \"a\", \"prompt\": \"a\", \"completion\": \"b\"}", "line 1: has");
    refused("\n\n[1]", "line 3: has no object");
    refused("{\"text\": \"a\"", "line 1: is not sound JSON");
    refused("{\"text\": \"a\"} {}", "line 1: is not sound JSON");
    refused("{\"text\": \"a\", \"text\": \"b\"}", "line 1: is not sound JSON");
    refused("{\"text\": \"\"}", "line 1: has a text of less than two tokens");
    refused("{\"prompt\": \"a\", \"completion\": \"\"}", "line 1: has an empty prompt");
    refused(
        "{\"prompt\": \"" + "a b".repeat(9) + "\", \"completion\": \"c\"}",
        "line 1: has 11 tokens, 8 are read at once");
    refused("{\"text\": \"" + "a".repeat(1 << 20) + "\"}", "line 1: has 1048588 characters");
    refused("\n \n", "holds nothing to learn");
    refused("", "is empty");
    assertThatExceptionOfType(CorpusException.class)
        .isThrownBy(() -> ExampleFile.read(dir.resolve("none.txt"), lm, 8))
        .withMessageContaining("none.txt is missing");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ExampleFile.read(dir.resolve("none.txt"), lm, 65))
        .withMessageContaining("1 to 64 tokens");
  }

  @Test
  void bytes_that_are_no_text_are_named_by_line() throws IOException {
    Path file = dir.resolve("a.txt");
    Files.write(file, new byte[] {'a', '\n', (byte) 0xC3, '\n'});
    assertThatExceptionOfType(CorpusException.class)
        .isThrownBy(() -> ExampleFile.read(file, lm, 8))
        .withMessageContaining("not UTF-8 in line 2");
  }

  @Test
  void what_is_held_out_is_not_learned() {
    var all = new ArrayList<Example>();
    for (int i = 0; i < 20; i++) {
      all.add(new Example(new long[] {i, i + 1}, 1));
    }
    Examples split = Examples.split(all, 0.25, 3);
    assertThat(split.heldOut()).hasSize(5).doesNotContainAnyElementsOf(split.train());
    assertThat(split.train()).hasSize(15);
    assertThat(Examples.split(all, 0.25, 3)).isEqualTo(split);
    assertThat(Examples.split(all, 0.25, 4)).isNotEqualTo(split);
    assertThat(Examples.split(all.subList(0, 3), 0.01, 0).heldOut()).hasSize(1);
    assertThat(Examples.split(all, 0, 0).heldOut()).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Examples.split(all.subList(0, 1), 0.1, 0))
        .withMessageContaining("leave none to learn");
  }
}
