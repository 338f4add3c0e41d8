package dev.microtome.models.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.Checkpoint;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FinetuneTest {
  private static final FinetuneOptions SHORT = TrainedChild.OPTIONS.epochs(3);

  @TempDir Path dir;

  private final LanguageModel<Gpt2> lm = LanguageModel.shipped();

  private Finetune training(LanguageModel<?> model, FinetuneOptions options, Path folder) {
    return new Finetune(model, TrainedChild.data(model), options, folder);
  }

  @Test
  void a_three_bit_model_learns_new_facts() {
    TrainedChild.adapt(lm);
    LossHistory losses =
        training(lm, TrainedChild.OPTIONS.epochs(20).every(10, 100), dir.resolve("a")).run();
    assertThat(losses.train()).hasSize(20);
    assertThat(losses.train().getLast()).isLessThan(losses.train().getFirst() / 2);
    assertThat(losses.heldOut())
        .extracting(LossHistory.Evaluation::steps)
        .containsExactly(0, 10, 20);
    assertThat(lm.network().isTraining()).isFalse();
  }

  @Test
  void a_killed_training_ends_with_the_same_bits_as_one_never_stopped()
      throws IOException, InterruptedException {
    Path killed = dir.resolve("killed");
    TrainedChild.killedAfter(3, killed);
    Map<String, Tensor> left = Checkpoint.read(killed.resolve("training.safetensors"));
    assertThat(left.get("losses.train").numel()).isBetween(2L, 6L);
    LanguageModel<Gpt2> again = LanguageModel.shipped();
    TrainedChild.adapt(again);
    LossHistory resumed = training(again, TrainedChild.OPTIONS, killed).run();

    TrainedChild.adapt(lm);
    Path whole = dir.resolve("whole");
    assertThat(training(lm, TrainedChild.OPTIONS, whole).run()).isEqualTo(resumed);
    assertThat(Files.readAllBytes(killed.resolve("training.safetensors")))
        .isEqualTo(Files.readAllBytes(whole.resolve("training.safetensors")));
  }

  @Test
  void accumulated_batches_are_one_large_batch() {
    TrainedChild.adapt(lm, 0);
    List<Double> large =
        training(lm, TrainedChild.OPTIONS.epochs(2).batch(4, 1), dir.resolve("a")).run().train();
    LanguageModel<Gpt2> other = LanguageModel.shipped();
    TrainedChild.adapt(other, 0);
    List<Double> small =
        training(other, TrainedChild.OPTIONS.epochs(2).batch(1, 4), dir.resolve("b")).run().train();
    assertThat(small)
        .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-3 ? 0 : Double.compare(a, b))
        .containsExactlyElementsOf(large);
  }

  @Test
  void only_what_is_trainable_changes() {
    TrainedChild.adapt(lm);
    float[] head = lm.network().tensor("transformer.wte.weight").toFloats();
    training(lm, SHORT, dir).run();
    assertThat(lm.network().tensor("transformer.wte.weight").toFloats()).isEqualTo(head);
    assertThat(Checkpoint.read(dir.resolve("training.safetensors")).keySet())
        .contains("optimizer.0.exp_avg", "losses.train")
        .anyMatch(name -> name.endsWith("lora_magnitude_vector"))
        .noneMatch(name -> name.startsWith("parameter.") && name.contains("base_layer"));
  }

  @Test
  void a_finished_training_is_not_run_again() {
    TrainedChild.adapt(lm);
    LossHistory first = training(lm, SHORT, dir).run();
    var steps = new ArrayList<Integer>();
    var listener =
        new FinetuneListener() {
          @Override
          public void step(Step step) {
            steps.add(step.done());
          }
        };
    LanguageModel<Gpt2> again = LanguageModel.shipped();
    TrainedChild.adapt(again);
    var data = TrainedChild.data(again);
    assertThat(new Finetune(again, data, SHORT, dir, listener).run()).isEqualTo(first);
    assertThat(steps).isEmpty();
    assertThat(again.logits("The Louvre is").toFloats())
        .isEqualTo(lm.logits("The Louvre is").toFloats());
  }

  @Test
  void another_trainings_checkpoint_is_refused_and_kept() throws IOException {
    TrainedChild.adapt(lm);
    training(lm, SHORT, dir).run();
    byte[] before = Files.readAllBytes(dir.resolve("training.safetensors"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> training(lm, SHORT.rate(1), dir).run())
        .withMessageContaining("with rate 0.01, this one has 1.0; the same settings go on");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> training(lm, SHORT.every(1, 100), dir).run())
        .withMessageContaining("with steps between evaluations 3, this one has 1");
    LanguageModel<Gpt2> fast = LanguageModel.shipped();
    TrainedChild.adapt(fast, 0.1, Precision.FAST);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> training(fast, SHORT, dir).run())
        .withMessageContaining("with products full, this one has fast");
    Path draft = dir.resolve(".training.safetensors." + UUID.randomUUID() + ".tmp");
    Files.writeString(draft, "half of it");
    List<Example> all = TrainedChild.data(lm).train();
    var other = new Examples(all.subList(0, 6).reversed(), List.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Finetune(lm, other, SHORT, dir).run())
        .withMessageContaining("other data");
    Grad.off(() -> lm.network().tensor("transformer.wpe.weight").zero_());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> training(lm, SHORT, dir).run())
        .withMessageContaining("other frozen weights");
    assertThat(Files.readAllBytes(dir.resolve("training.safetensors"))).isEqualTo(before);
    assertThat(draft).doesNotExist();
    Files.write(dir.resolve("training.safetensors"), Arrays.copyOf(before, before.length / 2));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> training(lm, SHORT, dir).run())
        .withMessageContaining("training.safetensors");
  }

  @Test
  void a_loss_that_is_not_finite_stops_the_training() {
    TrainedChild.adapt(lm);
    Grad.off(() -> lm.network().tensor("transformer.wpe.weight").fill_(Double.NaN));
    assertThatIllegalStateException()
        .isThrownBy(() -> training(lm, SHORT, dir).run())
        .withMessageContaining("the loss is NaN in step 1");
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void senseless_settings_and_foreign_examples_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrainedChild.OPTIONS.rate(0))
        .withMessageContaining("must be above 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TrainedChild.OPTIONS.batch(0, 1))
        .withMessageContaining("at least 1");
    TrainedChild.adapt(lm);
    var alien = new Examples(List.of(new Example(new long[] {1, 60_000}, 1)), List.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Finetune(lm, alien, TrainedChild.OPTIONS, dir))
        .withMessageContaining("token id 60000");
    var longer = new Examples(List.of(new Example(new long[66], 1)), List.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Finetune(lm, longer, TrainedChild.OPTIONS, dir))
        .withMessageContaining("context of 64");
    lm.network().freeze();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> training(lm, TrainedChild.OPTIONS, dir))
        .withMessageContaining("were all frozen?");
  }
}
