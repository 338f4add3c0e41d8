package dev.microtome.models.lstm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.models.text.CorpusException;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorpusTest {
  @TempDir Path dir;

  private Path text(String name, String text) throws IOException {
    return Files.writeString(dir.resolve(name), text);
  }

  @Test
  void words_are_numbered_as_they_come_and_lines_end_with_eos() throws IOException {
    text("train.txt", " a b\n\n b  c \n");
    text("valid.txt", "c d");
    text("test.txt", "a\r\ne\r");
    var corpus = Corpus.read(dir);
    assertThat(corpus.dictionary().words()).containsExactly("a", "b", "<eos>", "c", "d", "e");
    assertThat(corpus.train().toLongs()).containsExactly(0, 1, 2, 2, 1, 3, 2);
    assertThat(corpus.valid().toLongs()).containsExactly(3, 4, 2);
    assertThat(corpus.test().toLongs()).containsExactly(0, 2, 5, 2);
  }

  @Test
  void words_are_split_at_every_blank_of_unicode_but_at_no_other_character() throws IOException {
    Path file = text("t.txt", "a\u00a0b\u2003c\u3000d\u001fe\u200bf\u00adg");
    var dictionary = new Dictionary();
    TextFile.read(file).numbers(dictionary::add);
    assertThat(dictionary.words()).containsExactly("a", "b", "c", "d", "e\u200bf\u00adg", "<eos>");
  }

  @Test
  void files_that_can_not_be_used_are_refused_with_the_line() throws IOException {
    Path bad = dir.resolve("bad.txt");
    Files.write(bad, "one\ntwo\nth\u00e9ee\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> TextFile.read(bad))
        .isInstanceOf(CorpusException.class)
        .hasMessageContainingAll("bad.txt", "line 3");
    Path empty = text("empty.txt", "");
    assertThatThrownBy(() -> TextFile.read(empty)).hasMessageContaining("is empty");
    assertThatThrownBy(() -> Corpus.read(dir)).hasMessageContaining("train.txt is missing");
  }

  @Test
  void unknown_words_count_as_unk_where_there_is_one() throws IOException {
    var dictionary = new Dictionary();
    dictionary.add("known");
    dictionary.add("<eos>");
    Path file = text("x.txt", "known strange");
    assertThatThrownBy(() -> Corpus.text(file, dictionary))
        .isInstanceOf(UnknownWordException.class)
        .hasMessageContainingAll("x.txt line 1", "strange");
    dictionary.add("<unk>");
    assertThat(Corpus.text(file, dictionary).toLongs()).containsExactly(0, 2, 1);
  }

  @Test
  void a_text_is_cut_into_columns_and_batches_as_in_the_example() {
    var batches = Batches.of(Tensor.arange(11), 2);
    assertThat(batches.columns().toLongs()).containsExactly(0, 5, 1, 6, 2, 7, 3, 8, 4, 9);
    assertThat(batches.at(0, 3).targets().toLongs()).containsExactly(1, 6, 2, 7, 3, 8);
    assertThat(batches.at(3, 3).length()).isEqualTo(1);
    assertThat(batches.count(3)).isEqualTo(2);
    assertThatThrownBy(() -> Batches.of(Tensor.arange(3), 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Batches.upTo(Tensor.arange(5), 10).columns().toLongs()).containsExactly(0, 2, 1, 3);
    assertThatThrownBy(() -> Batches.upTo(Tensor.arange(1), 10))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a text of 1 words");
  }
}
