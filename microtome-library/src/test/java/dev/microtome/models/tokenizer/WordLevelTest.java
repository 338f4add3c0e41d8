package dev.microtome.models.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WordLevelTest {
  @TempDir Path dir;

  private Tokenizer letters(String unknown) {
    String json =
        """
        {'pre_tokenizer': {'type': 'Split', 'pattern': {'Regex': '.'}, 'behavior': 'Isolated',
          'invert': false}, 'decoder': {'type': 'Fuse'},
          'model': {'type': 'WordLevel', 'vocab': {'A': 0, 'B': 1, '?': 2}, 'unk_token': '%s'}}
        """
            .formatted(unknown)
            .replace('\'', '"');
    return Tokenizer.read(Fixtures.written(dir, json.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void each_word_is_a_token_and_those_unknown_are_one() {
    Encoding encoding = letters("?").encode("BAxB");

    assertThat(encoding.ids()).containsExactly(1, 0, 2, 1);
    assertThat(letters("?").decode(1, 0, 1)).isEqualTo("BAB");
  }

  @Test
  void without_a_token_for_it_an_unknown_word_is_refused() {
    assertThatExceptionOfType(TokenizerFormatException.class)
        .isThrownBy(() -> letters("[UNK]").encode("AxB"))
        .withMessageContaining("lacks the word \"x\"");
  }
}
