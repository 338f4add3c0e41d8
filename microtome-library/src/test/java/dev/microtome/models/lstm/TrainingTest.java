package dev.microtome.models.lstm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.pickle.TorchFile;
import dev.microtome.testkit.KilledChild;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingTest {
  @TempDir Path dir;
  private Path text;
  private Corpus corpus;

  @BeforeEach
  void a_text_of_two_sentences() throws Exception {
    text = Files.writeString(dir.resolve("text.txt"), TrainingChild.TEXT);
    corpus = Corpus.read(text, text, text);
  }

  private double train(Path folder, Training.Listener listener) {
    return TrainingChild.train(corpus, folder, listener);
  }

  private double train(
      LstmModel model, Path folder, TrainingOptions options, Training.Listener listener) {
    var to = new LmFolder(folder);
    to.begin(model.config(), corpus.dictionary());
    return new Training(model, to, corpus, options, listener).run();
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
  void a_training_that_failed_goes_on_and_ends_with_the_same_numbers() {
    double whole = train(dir.resolve("whole"), new Training.Listener() {});
    Path folder = dir.resolve("failed");
    var failing =
        new Training.Listener() {
          private int steps;

          @Override
          public void step(int epoch, long done, long all, double loss) {
            if (++steps == 11) throw new IllegalStateException("no more");
          }
        };
    assertThatThrownBy(() -> train(folder, failing)).hasMessage("no more");
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
  void a_killed_training_loses_at_most_an_interval_and_ends_with_the_same_files() throws Exception {
    Path killed = dir.resolve("killed");
    String threads = Integer.toString(Torch.threads());
    List<String> said =
        KilledChild.after(
            "step 11", TrainingChild.class, text.toString(), killed.toString(), threads);
    long made = said.stream().filter(line -> line.startsWith("step ")).count();
    List<Long> again = new ArrayList<>();
    double resumed =
        train(
            killed,
            new Training.Listener() {
              @Override
              public void step(int epoch, long done, long all, double loss) {
                again.add(TrainingChild.steps(epoch, done, all));
              }
            });
    assertThat(made - (again.getFirst() - 1)).isBetween(0L, 4L); // steps that are made twice
    Path whole = dir.resolve("whole");
    assertThat(resumed).isEqualTo(train(whole, new Training.Listener() {}));
    for (String file : List.of("training.pth", "model.safetensors", "vocab.txt", "config.json")) {
      assertThat(killed.resolve(file)).hasSameBinaryContentAs(whole.resolve(file));
    }
  }

  @Test
  void weights_that_are_no_numbers_stop_a_training_and_what_was_saved_stays() {
    Path folder = dir.resolve("m");
    LstmModel model = TrainingChild.model(corpus);
    var breaking =
        new Training.Listener() {
          @Override
          public void step(int epoch, long done, long all, double loss) {
            if (done == 6) Grad.off(() -> model.tensor("decoder.bias").fill_(Double.NaN));
          }
        };
    assertThatThrownBy(() -> train(model, folder, TrainingChild.OPTIONS, breaking))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("the loss is NaN", folder.toString(), "lower rate");
    double whole = train(dir.resolve("whole"), new Training.Listener() {});
    assertThat(train(folder, new Training.Listener() {})).isEqualTo(whole);
  }

  @Test
  void weights_that_are_no_numbers_give_neither_a_loss_nor_words() {
    LstmModel broken = TrainingChild.model(corpus);
    Grad.off(() -> broken.tensor("decoder.bias").fill_(Double.NaN));
    assertThatThrownBy(() -> Evaluation.loss(broken, Batches.of(corpus.valid(), 10), 5))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the loss is NaN at word 0");
    assertThatThrownBy(() -> WordText.generate(broken, 0, 3, 1, _ -> {}))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("NaN after word 0");
  }

  @Test
  void gradients_that_are_no_numbers_change_no_weight() {
    LstmConfig config = TrainingChild.model(corpus).config();
    var model = new LstmModel(new LstmConfig(config.tokens(), 8, 8, 1, 0, false));
    Grad.off(() -> model.tensor("encoder.weight").select(1, 0).fill_(Double.POSITIVE_INFINITY));
    double[] before = model.tensor("decoder.weight").toDoubles();
    assertThatThrownBy(
            () -> train(model, dir.resolve("m"), TrainingChild.OPTIONS, new Training.Listener() {}))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("the norm of the gradients is NaN");
    assertThat(model.tensor("decoder.weight").toDoubles()).isEqualTo(before);
  }

  @Test
  void a_checkpoint_of_another_model_or_with_other_columns_is_refused_by_name() {
    Path folder = dir.resolve("m");
    var stopped =
        new Training.Listener() {
          @Override
          public void step(int epoch, long done, long all, double loss) {
            if (done == 5) throw new IllegalStateException("no more");
          }
        };
    assertThatThrownBy(() -> train(folder, stopped)).hasMessage("no more");
    var more = new TrainingOptions(2, 5, 0.25, 5, 5, 1, 4);
    assertThatThrownBy(() -> train(TrainingChild.model(corpus), folder, more, stopped))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("training.pth", "columns 4", "not 5");
    var wider = new LstmModel(new LstmConfig(corpus.dictionary().size(), 8, 16, 1));
    assertThatThrownBy(() -> train(wider, folder, TrainingChild.OPTIONS, stopped))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("training.pth", "hidden=16");
  }

  @Test
  void other_options_are_refused_between_epochs_too_and_left_drafts_go() throws Exception {
    Path folder = dir.resolve("m");
    train(folder, new Training.Listener() {});
    Path draft = folder.resolve(".training.pth." + java.util.UUID.randomUUID() + ".tmp");
    Path foreign = folder.resolve(".training.pth.mine.tmp");
    Files.writeString(draft, "half of it");
    Files.writeString(foreign, "not ours");
    byte[] before = Files.readAllBytes(folder.resolve("training.pth"));
    var o = TrainingChild.OPTIONS;
    for (var other :
        List.of(
            new TrainingOptions(9, o.rate() / 2, o.clip(), o.batch(), o.length(), o.seed(), 4),
            new TrainingOptions(9, o.rate(), 1, o.batch(), o.length(), o.seed(), o.interval()),
            new TrainingOptions(9, o.rate(), o.clip(), 5, o.length(), o.seed(), o.interval()),
            new TrainingOptions(9, o.rate(), o.clip(), o.batch(), 6, o.seed(), o.interval()),
            new TrainingOptions(9, o.rate(), o.clip(), o.batch(), o.length(), 77, o.interval()))) {
      assertThatThrownBy(
              () -> train(TrainingChild.model(corpus), folder, other, new Training.Listener() {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContainingAll("training.pth was written by a training with", "go on with");
    }
    assertThat(Files.readAllBytes(folder.resolve("training.pth"))).isEqualTo(before);
    assertThat(draft).doesNotExist();
    assertThat(foreign).exists();
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
