package dev.microtome.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/// Replays the corpus of good and bad files.
class CorpusTest {
  private static final Path CORPUS = Path.of("src/test/resources/formats/safetensors");

  static Stream<Arguments> files() throws IOException {
    var manifest = JsonMapper.shared().readTree(CORPUS.resolve("manifest.json").toFile());
    return StreamSupport.stream(manifest.spliterator(), false)
        .map(e -> Arguments.of(e.get("file").asString(), e.get("expect").asString()));
  }

  @ParameterizedTest
  @MethodSource("files")
  void every_file_of_the_corpus_is_judged_as_its_manifest_says(String name, String expect) {
    var file = CORPUS.resolve(name);
    switch (expect) {
      case "accept" -> {
        try (var opened = Safetensors.open(file)) {
          assertThat(opened.names()).isNotEmpty();
          for (var tensor : opened.names()) {
            var info = opened.info(tensor);
            assertThat(opened.bytes(tensor).byteSize()).isEqualTo(info.bytes());
            if (info.type().dtype() != null) {
              assertThat(opened.tensor(tensor).shape()).isEqualTo(info.shape());
            }
          }
        }
      }
      case "reject" ->
          assertThatThrownBy(() -> Safetensors.open(file))
              .isInstanceOf(SafetensorsException.class)
              .hasMessageContainingAll(name, "byte ");
      default -> assertThat(expect).isEqualTo("either");
    }
  }
}
