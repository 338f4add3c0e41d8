package dev.microtome.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFolderTest {
  @TempDir Path dir;

  @BeforeEach
  void two_shards() throws IOException {
    shard("one", "a", "b");
    shard("two", "c");
  }

  private void shard(String file, String... names) throws IOException {
    var header = new StringBuilder("{");
    for (int i = 0; i < names.length; i++) {
      header.append(i == 0 ? "" : ",");
      header.append(
          "\"%s\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[%d,%d]}"
              .formatted(names[i], i, i + 1));
    }
    Files.move(
        FileBytes.write(dir, header.append('}').toString(), names.length), dir.resolve(file));
  }

  private void index(String text) throws IOException {
    Files.writeString(dir.resolve("model.safetensors.index.json"), text);
  }

  private SafetensorsFolder open(String weightMap) throws IOException {
    index("{\"metadata\":{\"total_size\":3},\"weight_map\":%s}".formatted(weightMap));
    return SafetensorsFolder.open(dir);
  }

  @Test
  void shards_are_found_through_the_index_and_what_it_leaves_out_is_told() throws IOException {
    try (var folder = open("{\"c\":\"two\",\"a\":\"one\"}")) {
      assertThat(folder.names()).containsExactly("c", "a");
      assertThat(folder.extraTensors()).containsExactly("b");
      assertThat(folder.shards()).hasSize(2);
      assertThat(folder.info("a").type()).isEqualTo(StoredType.U8);
      assertThatThrownBy(() -> folder.info("b")).isInstanceOf(SafetensorsException.class);
    }
  }

  @Test
  void a_single_file_is_taken_before_an_index() throws IOException {
    index("not read");
    Files.copy(dir.resolve("two"), dir.resolve("model.safetensors"));
    try (var folder = SafetensorsFolder.open(dir)) {
      assertThat(folder.names()).containsExactly("c");
      assertThat(folder.extraTensors()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../one",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a\\\\b",
        "x/one",
        "C:one",
        "one\\u0000",
        "\\ud800"
      })
  void a_shard_must_be_a_plain_file_name(String name) {
    assertThatThrownBy(() -> open("{\"a\":\"%s\"}".formatted(name)))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("model.safetensors.index.json, byte ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"c\":\"one\"}",
        "{\"c\":\"three\"}",
        "{\"c\":3}",
        "[]",
        "{\"c\":\"two\",\"c\":\"two\"}",
        "{\"c\":\"two\"},\"weight_map\":{}",
        "{\"c\":\"two\"}} {"
      })
  void an_index_that_does_not_fit_its_shards_is_refused(String map) {
    assertThatThrownBy(() -> open(map)).isInstanceOf(SafetensorsException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "{\"weight_map\":null}", "{\"weight_map\":{}"})
  void a_broken_index_is_refused(String text) throws IOException {
    index(text);
    assertThatThrownBy(() -> SafetensorsFolder.open(dir)).isInstanceOf(SafetensorsException.class);
  }

  @Test
  void a_pickle_is_read_elsewhere_and_an_empty_directory_says_what_is_missing() throws IOException {
    assertThatThrownBy(() -> SafetensorsFolder.open(dir))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("neither model.safetensors nor model.safetensors.index.json");
    Files.createFile(dir.resolve("pytorch_model.bin"));
    assertThatThrownBy(() -> SafetensorsFolder.open(dir))
        .isInstanceOf(PickleNotReadException.class)
        .hasMessageContainingAll("pytorch_model.bin", "WeightsFolder");
  }

  @Test
  void a_missing_directory_is_refused() {
    assertThatThrownBy(() -> SafetensorsFolder.open(dir.resolve("none")))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("no such directory");
  }
}
