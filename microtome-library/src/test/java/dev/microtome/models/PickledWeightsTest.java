package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Checkpoint;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.SafetensorsException;
import dev.microtome.tensor.file.SafetensorsFolder;
import dev.microtome.tensor.pickle.TorchFile;
import dev.microtome.tensor.pickle.TorchFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PickledWeightsTest {
  private static final Path ORIGINAL = ModelFiles.resource("models/gpt2-hubstyle-f32");

  @TempDir Path dir;
  private Map<String, Tensor> weights;

  @BeforeEach
  void a_folder_without_safetensors() throws IOException {
    Files.copy(ORIGINAL.resolve("config.json"), dir.resolve("config.json"));
    try (var stored = SafetensorsFolder.open(ORIGINAL)) {
      weights = stored.tensors();
    }
  }

  private void loadsLikeTheOriginal() {
    Tensor ids = Tensor.of(1L, 2L, 3L).reshape(1, 3);
    var expected = LanguageModel.load(ORIGINAL);
    var pickled = LanguageModel.load(dir);
    expected.loadWeights();
    pickled.loadWeights();
    var input = new CausalNetwork.Input(ids);
    assertThat(pickled.network().apply(input).logits().toDoubles())
        .isEqualTo(expected.network().apply(input).logits().toDoubles());
  }

  @Test
  void a_pickled_model_gives_the_same_logits() {
    TorchFile.write(dir.resolve("pytorch_model.bin"), weights);
    loadsLikeTheOriginal();
    assertThat(Checkpoint.read(dir)).containsOnlyKeys(weights.keySet());
  }

  @Test
  void shards_are_found_by_their_index() throws IOException {
    var first = new LinkedHashMap<String, Tensor>();
    var second = new LinkedHashMap<String, Tensor>();
    var index = ModelFiles.JSON.createObjectNode();
    var map = index.putObject("weight_map");
    weights.forEach((name, tensor) -> {
      boolean early = first.size() <= second.size();
      (early ? first : second).put(name, tensor);
      map.put(
          name, early ? "pytorch_model-00001-of-00002.bin" : "pytorch_model-00002-of-00002.bin");
    });
    TorchFile.write(dir.resolve("pytorch_model-00001-of-00002.bin"), first);
    TorchFile.write(dir.resolve("pytorch_model-00002-of-00002.bin"), second);
    Path file = dir.resolve("pytorch_model.bin.index.json");
    Files.writeString(file, index.toString());
    loadsLikeTheOriginal();

    Files.writeString(file, index.toString().replace("00002-of-00002", "00001-of-00002"));
    assertThatThrownBy(() -> LanguageModel.load(dir))
        .isInstanceOf(TorchFileException.class)
        .hasMessageContaining("is not in it");
    Files.writeString(file, index.toString().replace("pytorch_model-00002", "../pytorch_model"));
    assertThatThrownBy(() -> LanguageModel.load(dir)).isInstanceOf(SafetensorsException.class);
  }

  @Test
  void a_checkpoint_with_more_than_weights_says_so() {
    TorchFile.write(dir.resolve("pytorch_model.bin"), Map.of("epoch", 3L, "model", weights));
    assertThatThrownBy(() -> LanguageModel.load(dir))
        .isInstanceOf(TorchFileException.class)
        .hasMessageContaining("more than a state dict");
  }
}
