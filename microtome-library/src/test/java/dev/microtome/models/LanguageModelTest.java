package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LanguageModelTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";
  private final LanguageModel<Gpt2> lm = LanguageModel.shipped();
  private final Gpt2 gpt2 = lm.network();

  @Test
  void a_trace_reads_and_changes_what_is_inside() {
    record Both(Tensor zeroed, Tensor said) {} // attention brings the answer to the last token
    Both both =
        lm.trace(
            EIFFEL,
            t -> {
              Tensor attention = t.at(gpt2.blocks().getLast().attn).output();
              attention.at(":").set(0);
              return new Both(attention, t.at(gpt2.lmHead).output().argmax(-1));
            });

    assertThat(both.zeroed().abs().sum().item()).isZero();
    assertThat(lm.tokenizer().decode(both.said().get(0, -1).itemLong())).isNotEqualTo(" Paris");
    assertThat(lm.next(EIFFEL, 1).getFirst().text()).isEqualTo(" Paris");
  }

  @Test
  void attention_patterns_are_read_where_they_pass_and_sum_to_one() {
    Tensor pattern =
        lm.trace(EIFFEL, t -> t.at(gpt2.blocks().getFirst().attn.attnDropout).output());

    assertThat(pattern.shape().dims()).containsExactly(1, 4, 10, 10);
    assertThat(pattern.sum(-1).allClose(Tensor.ones(1, 4, 10), 1e-5, 1e-6)).isTrue();
    assertThat(pattern.triu(1).abs().sum().item()).isZero();
  }

  @Test
  void a_block_is_skipped_by_handing_its_input_on() {
    Tensor skipped =
        lm.trace(
            EIFFEL,
            t -> {
              var block = t.at(gpt2.blocks().get(1));
              block.output(block.input().x());
              return t.at(gpt2.blocks().get(2))
                  .input()
                  .x()
                  .sub(t.at(gpt2.blocks().get(0)).output());
            });

    assertThat(skipped.abs().sum().item()).isZero();
  }

  @Test
  void a_trace_over_a_skeleton_knows_shapes_but_can_not_run() {
    LanguageModel<Gpt2> skeleton = LanguageModel.skeleton(Gpt2Config.of(50257, 1024, 768, 12, 12));

    assertThatIllegalStateException()
        .isThrownBy(() ->
            skeleton.trace(
                new long[] {1, 2, 3},
                t -> {
                  Tensor hidden = t.at(skeleton.network().blocks().get(11)).output();
                  assertThat(hidden.shape().dims()).containsExactly(1, 3, 768);
                  return hidden;
                }))
        .withMessageContaining("skeleton without weights");
  }

  @Test
  void prompts_are_checked_against_context_and_vocabulary() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> lm.logits(""))
        .withMessageStartingWith("the prompt is empty; give at least one token");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> lm.generate("Paris ".repeat(80), 5))
        .withMessageMatching("the prompt has \\d+ tokens, but .* context is 64; shorten it by .*");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> lm.input(50257))
        .withMessage("token id 50257 is not one of this model's 50257 (0 to 50256)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> lm.logits(Tensor.of(new long[1][65])))
        .withMessageContaining("65 tokens are more than this model's context of 64");
  }

  @Test
  void generation_ends_where_the_context_does() {
    var forever = new GenerationOptions().stopTokens().maxNewTokens(1000);

    Generated generated = lm.generate(EIFFEL, forever);

    assertThat(generated.sequence()).hasSize(64 + 1); // the last is never read
    assertThat(generated.stop()).isEqualTo(Generated.Stop.CONTEXT_FULL);
  }

  @Test
  void sampling_repeats_under_a_seed() {
    var wild = new GenerationOptions().maxNewTokens(12).temperature(3).topK(0).stopTokens();

    long[] first = lm.generate(EIFFEL, wild.seed(1)).ids();

    assertThat(lm.generate(EIFFEL, wild.seed(1)).ids()).isEqualTo(first);
    assertThat(lm.generate(EIFFEL, wild.seed(2)).ids()).isNotEqualTo(first);
    assertThat(lm.generate(EIFFEL, wild.topK(1).seed(3)).text()).startsWith(EIFFEL + " Paris.");
  }

  @Test
  void a_call_overrides_the_models_settings_and_they_the_defaults() {
    assertThat(lm.generate(EIFFEL, new GenerationOptions()).ids()).endsWith(50256);
    assertThat(lm.generate(EIFFEL, new GenerationOptions().stopTokens(6342)).ids())
        .containsExactly(6342);
    assertThat(lm.generate(EIFFEL, new GenerationOptions().stopTokens()).ids()).hasSize(20);
  }

  @Test
  void generating_long_does_not_pile_up_memory() {
    var options = new GenerationOptions().stopTokens().maxNewTokens(20);
    lm.generate(EIFFEL, options);
    long before = Torch.liveBytes();

    for (int i = 0; i < 3; i++) {
      lm.generate(EIFFEL, options);
    }

    assertThat(Torch.liveBytes() - before).isLessThan(1 << 20);
  }

  @Test
  void a_saved_model_loads_as_it_was(@TempDir Path dir) {
    Torch.manualSeed(3);
    var config = Gpt2Config.of(40, 16, 8, 2, 2);
    var network = new Gpt2(config);
    network.eval();
    Tensor ids = Tensor.of(new long[][] {{1, 2, 3, 4}});

    LanguageModel.of(network, null, new GenerationOptions().stopTokens(7, 9))
        .save(dir, DType.FLOAT32);
    LanguageModel<Gpt2> loaded = Gpt2.load(dir);

    assertThat(loaded.network().config()).isEqualTo(config);
    assertThat(loaded.logits(ids).equal(network.apply(new CausalNetwork.Input(ids)).logits()))
        .isTrue();
    assertThat(loaded.generationDefaults().stops()).containsExactly(7L, 9L);
    assertThatIllegalStateException()
        .isThrownBy(loaded::tokenizer)
        .withMessageContaining("has no tokenizer.json");
  }

  @Test
  void a_new_network_and_its_copy_agree() {
    var network = new Gpt2(Gpt2Config.of(40, 16, 8, 2, 2));
    network.eval();
    Tensor ids = Tensor.of(new long[][] {{1, 2, 3, 4}});

    var copy = network.copy();

    Tensor logits = network.apply(new CausalNetwork.Input(ids)).logits();
    assertThat(copy.apply(new CausalNetwork.Input(ids)).logits().equal(logits)).isTrue();
    assertThat(List.copyOf(copy.namedParameters().keySet()))
        .isEqualTo(List.copyOf(network.namedParameters().keySet()));
  }
}
