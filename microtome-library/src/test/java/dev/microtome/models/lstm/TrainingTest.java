package dev.microtome.models.lstm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.pickle.TorchFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {
  private static final TrainingOptions OPTIONS = new TrainingOptions(2, 5, 0.25, 4, 5, 1, 4);

  @TempDir Path dir;
  private Corpus corpus;

  @BeforeEach
  void a_text_of_two_sentences() throws Exception {
    Path text = dir.resolve("text.txt");
    Files.writeString(text, "the cat sat on the mat\na dog ran to the house\n".repeat(30));
    corpus = Corpus.read(text, text, text);
  }

  private LstmModel model() {
    Torch.manualSeed(1);
    return new LstmModel(new LstmConfig(corpus.dictionary().size(), 8, 8, 1, 0.3, false));
  }

  private double train(Path folder, Training.Listener listener) {
    LstmModel model = model();
    var to = new LmFolder(folder);
    to.begin(model.config(), corpus.dictionary());
    return new Training(model, to, corpus, OPTIONS, listener).run();
  }

  @Test
  void training_lowers_the_loss_and_saves_the_best_model() {
    List<Double> losses = new ArrayList<>();
    double best =
        train(
            dir.resolve("m"),
            new Training.Listener() {
              @Override
              public void step(int epoch, long done, long all, double loss) {
                losses.add(loss);
              }
            });
    assertThat(losses.getLast()).isLessThan(losses.getFirst() - 0.3);
    LstmModel saved = new LmFolder(dir.resolve("m")).load();
    assertThat(Evaluation.loss(saved, Batches.of(corpus.valid(), 10), 5)).isEqualTo(best);
  }

  @Test
  void a_killed_training_goes_on_and_ends_with_the_same_numbers() {
    double whole = train(dir.resolve("whole"), new Training.Listener() {});
    Path folder = dir.resolve("killed");
    var killer =
        new Training.Listener() {
          private int steps;

          @Override
          public void step(int epoch, long done, long all, double loss) {
            if (++steps == 11) throw new IllegalStateException("killed");
          }
        };
    assertThatThrownBy(() -> train(folder, killer)).hasMessage("killed");
    List<Integer> seen = new ArrayList<>();
    double resumed =
        train(
            folder,
            new Training.Listener() {
              @Override
              public void step(int epoch, long done, long all, double loss) {
                seen.add((int) done);
              }
            });
    assertThat(resumed).isEqualTo(whole);
    assertThat(seen.getFirst()).isEqualTo(9); // steps 9 to 11 are done again: less than an interval
  }

  @Test
  void a_checkpoint_that_is_none_is_refused() throws Exception {
    Path folder = Files.createDirectories(dir.resolve("bad"));
    TorchFile.write(folder.resolve("training.pth"), Map.of("weights", Tensor.ones(2)));
    assertThatThrownBy(() -> train(folder, new Training.Listener() {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no checkpoint of a training");
  }

  @Test
  void vocabulary_and_weights_that_do_not_match_are_both_named() throws Exception {
    train(dir.resolve("m"), new Training.Listener() {});
    var folder = new LmFolder(dir.resolve("m"));
    Files.writeString(folder.path().resolve("vocab.txt"), "one\ntwo\n");
    assertThatThrownBy(folder::load)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("vocab.txt has 2 words", "config.json says vocab_size");
    Path weights = folder.path().resolve("model.safetensors");
    assertThatThrownBy(() -> LmFolder.load(new LstmConfig(12, 8, 16, 1), weights))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("model.safetensors", "hidden=16");
  }
}
