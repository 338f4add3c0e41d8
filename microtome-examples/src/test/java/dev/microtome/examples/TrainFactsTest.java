package dev.microtome.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainFactsTest {
  @Test
  void a_few_steps_leave_a_model_that_loads_and_a_picture(@TempDir Path dir) throws IOException {
    int threads = Torch.threads();

    TrainFacts.main(new String[] {"--steps", "4", "--out", dir.toString()});
    Torch.threads(threads);

    assertThat(LanguageModel.load(dir).next("The Louvre is located in", 1)).hasSize(1);
    assertThat(Files.readString(dir.resolve("loss.svg"))).startsWith("<svg").contains("● learned");
  }
}
