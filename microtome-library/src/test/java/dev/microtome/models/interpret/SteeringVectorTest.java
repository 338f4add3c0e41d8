package dev.microtome.models.interpret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TransformerBlock;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.trace.GraphJson;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SteeringVectorTest {
  private static final LanguageModel<?> LM = Subjects.facts().model();
  private static final TransformerBlock BLOCK = LM.network().blocks().get(3);
  private static final List<String> PARIS =
      List.of("The Eiffel Tower is in the city of", "The Louvre is in the city of");
  private static final List<String> ROME = List.of("The Colosseum is in the city of");

  private static SteeringVector vector() {
    return SteeringVector.between(LM, BLOCK, PARIS, ROME);
  }

  private static Tensor last(String prompt) {
    return Grad.off(() -> LM.trace(prompt, t -> t.at(BLOCK).output().get(0, -1)));
  }

  @Test
  void it_is_the_difference_of_means_also_of_prompts_of_different_lengths() {
    SteeringVector vector = vector();

    Tensor mean = last(PARIS.get(0)).add(last(PARIS.get(1))).div(2);
    assertThat(vector.direction().sub(mean.sub(last(ROME.get(0)))).abs().max().item())
        .isLessThan(1e-5);
    assertThat(vector.layer()).isEqualTo("transformer.h.3");
  }

  @Test
  void it_steers_runs_and_generations_and_leaves_the_model_alone() {
    LanguageModel<?> steered = vector().steer(LM, 2);

    assertThat(LM.next(ROME.getFirst(), 1).getFirst().text()).isEqualTo(" Rome");
    assertThat(steered.next(ROME.getFirst(), 1).getFirst().text()).isEqualTo(" Paris");
    assertThat(steered.generate(ROME.getFirst(), 1).text()).endsWith(" Paris");
    assertThat(vector().steer(LM, 0).generate(ROME.getFirst(), 3).text())
        .isEqualTo(LM.generate(ROME.getFirst(), 3).text());
  }

  @Test
  void every_step_of_a_generation_is_steered() {
    LanguageModel<?> steered = vector().steer(LM, 1.5);
    long[] with = steered.generate(PARIS.getFirst(), 3).sequence();
    var options = new GenerationOptions().maxNewTokens(3).cache(false);

    // Without a cache every step runs the whole text, steered by hooks instead.
    Tensor added = vector().direction().mul(1.5);
    try (var _ = BLOCK.onOutput((_, value) -> ((Tensor) value).add(added))) {
      assertThat(LM.generate(PARIS.getFirst(), options).sequence()).isEqualTo(with);
    }
  }

  @Test
  void the_recorded_original_gives_the_same_logits() {
    Subjects on = Subjects.recorded("gpt2-f32");
    Path folder = Path.of("src/test/resources/models/gpt2-f32/expected.safetensors");
    try (var golden = Safetensors.open(folder)) {
      Tensor ids = golden.tensor("iv.input_b");
      Tensor plain = Grad.off(() -> on.model().logits(ids));
      var vector = new SteeringVector("transformer.h.1", golden.tensor("iv.steer.vector"));

      // The recording adds the vector at the last token only, where the last logits see it alone.
      Tensor steered =
          Grad.off(() -> {
            var once = ids.narrow(1, ids.size(1) - 1, 1);
            var past =
                on.model().run(new CausalNetwork.Input(ids.narrow(1, 0, ids.size(1) - 1))).cache();
            return vector
                .steer(on.model(), 1)
                .run(new CausalNetwork.Input(once, null, null, past))
                .logits();
          });

      Tensor expected = golden.tensor("iv.steer_last_pos_block_out.logits").get(0, -1);
      assertThat(steered.get(0, -1).sub(expected).abs().max().item()).isLessThan(2e-4);
      assertThat(plain.get(0, -1).sub(expected).abs().max().item()).isGreaterThan(1e-2);
    }
  }

  @Test
  void it_and_the_edit_it_makes_can_be_saved(@TempDir Path folder) {
    Path file = folder.resolve("paris.safetensors");
    vector().save(file);
    SteeringVector again = SteeringVector.load(file);
    var written = GraphJson.write(again.steer(LM, 2).model().edits());

    assertThat(again.layer()).isEqualTo(vector().layer());
    LanguageModel<?> steered = LM.withEdits(GraphJson.read(written));
    assertThat(steered.next(ROME.getFirst(), 1).getFirst().text()).isEqualTo(" Paris");
  }

  @Test
  void other_files_and_unfit_vectors_are_refused(@TempDir Path folder) {
    Path file = folder.resolve("other.safetensors");
    Safetensors.write(file, Map.of("weight", Tensor.ones(2)), Map.of());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> SteeringVector.load(file))
        .withMessageContaining("no steering vector");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SteeringVector("transformer.h.3", Tensor.ones(2, 3)));
    assertThatThrownBy(() -> new SteeringVector("transformer.h.3", Tensor.ones(5)).steer(LM, 1))
        .hasMessageContaining("5");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SteeringVector.between(LM, BLOCK, PARIS, List.of()));
  }
}
