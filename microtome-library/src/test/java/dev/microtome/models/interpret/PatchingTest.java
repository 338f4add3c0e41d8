package dev.microtome.models.interpret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.TransformerBlock;
import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Patching against plain hooks on one row, and estimates against what is measured.
class PatchingTest {
  private static final LanguageModel<?> LM = Subjects.facts().model();

  private static double difference(Subjects on, Prompt prompt) {
    Tensor ids = Tensor.of(new long[][] {prompt.array()});
    Tensor logits =
        Grad.off(() -> on.model().run(new CausalNetwork.Input(ids)).logits()).get(0, -1);
    long answer = on.contrast().answer().id();
    return logits.get((int) answer).sub(logits.get((int) on.contrast().wrong().id())).item();
  }

  /// The clean run's value of a layer, by a hook.
  private static Tensor clean(Subjects on, Layer<?, ?> layer, boolean input) {
    var seen = new ArrayList<Tensor>();
    Hook.Action action =
        (_, value) -> {
          seen.add(((Tensor) value).copy());
          return value;
        };
    try (var _ = input ? layer.onInput(action) : layer.onOutput(action)) {
      difference(on, on.contrast().clean());
    }
    return seen.getFirst();
  }

  /// The share a hook restores that writes one place of the clean run into the corrupt one.
  private static double byHand(Subjects on, Layer<?, ?> layer, boolean input, Object... index) {
    Tensor clean = clean(on, layer, input);
    Hook.Action action =
        (_, value) -> {
          Tensor patched = ((Tensor) value).copy();
          patched.at(index).set(clean.get(index));
          return patched;
        };
    double high = difference(on, on.contrast().clean());
    double low = difference(on, on.contrast().corrupt());
    try (var _ = input ? layer.onInput(action) : layer.onOutput(action)) {
      return (difference(on, on.contrast().corrupt()) - low) / (high - low);
    }
  }

  @ParameterizedTest
  @MethodSource({
    "dev.microtome.models.interpret.Subjects#all",
    "dev.microtome.models.interpret.Subjects#lowBit"
  })
  void a_patch_does_what_a_hook_does(Subjects on) {
    Patching patching = ActivationPatching.of(on.model(), on.contrast());
    CausalNetwork network = on.model().network();
    TransformerBlock block = network.blocks().get(1);
    long head = clean(on, block.join().get(), true).size(-1) / block.heads();

    assertThat(patching.clean()).isCloseTo(difference(on, on.contrast().clean()), within(1e-4));
    var close = within(2e-4);
    assertThat(patching.map(Part.RESIDUAL).effect(0, 1))
        .isCloseTo(byHand(on, network.embedded().get(), false, 0, 1), close);
    assertThat(patching.map(Part.RESIDUAL).effect(2, 3))
        .isCloseTo(byHand(on, block, false, 0, 3), close);
    assertThat(patching.map(Part.ATTENTION).effect(1, 3))
        .isCloseTo(byHand(on, block.attention(), false, 0, 3), close);
    assertThat(patching.map(Part.MLP).effect(1, 2))
        .isCloseTo(byHand(on, block.mlp(), false, 0, 2), close);
    assertThat(patching.map(Part.HEADS).effect(1, 2))
        .isCloseTo(byHand(on, block.join().get(), true, 0, ":", 2 * head + ":" + 3 * head), close);
  }

  @Test
  void the_last_stream_holds_the_whole_answer_and_equal_tokens_hold_nothing_at_first() {
    PatchMap stream = ActivationPatching.of(LM, Subjects.facts().contrast()).map(Part.RESIDUAL);

    assertThat(stream.rows()).hasSize(5).startsWith("embeddings", "block 0");
    assertThat(stream.columns()).hasSize(10).contains(" Tower");
    assertThat(stream.effect(4, 9)).isCloseTo(1, within(1e-4));
    for (int token = 5; token < 10; token++) { // " is in the city of", the same in both
      assertThat(stream.effect(0, token)).isCloseTo(0, within(1e-4));
    }
    for (int token = 0; token < 9; token++) { // only the last token is read in the end
      assertThat(stream.effect(4, token)).isCloseTo(0, within(1e-4));
    }
  }

  @ParameterizedTest
  @MethodSource("dev.microtome.models.interpret.Subjects#all")
  void an_estimate_is_the_measured_effect_when_little_changes(Subjects on) {
    Contrast contrast = on.contrast();
    Patching estimated = AttributionPatching.of(on.model(), contrast);

    // A thousandth of the way is linear: measure it by hooks at the embeddings and in a block.
    Layer<?, ?> middle = on.model().network().blocks().getFirst();
    double share = nudged(on, middle, 2, 1e-3);
    assertThat(estimated.map(Part.RESIDUAL).effect(1, 2))
        .isCloseTo(share, within(0.01 * Math.max(1, Math.abs(share))));
    double mlp = nudged(on, on.model().network().blocks().get(1).mlp(), 1, 1e-3);
    assertThat(estimated.map(Part.MLP).effect(1, 1))
        .isCloseTo(mlp, within(0.01 * Math.max(1, Math.abs(mlp))));
  }

  /// The effect of going `amount` of the way at one token, per amount.
  private static double nudged(Subjects on, Layer<?, ?> layer, int token, double amount) {
    Tensor clean = clean(on, layer, false);
    double low = difference(on, on.contrast().corrupt());
    double high = difference(on, on.contrast().clean());
    try (var _ =
        layer.onOutput((_, value) -> {
          Tensor moved = ((Tensor) value).copy();
          Tensor way = clean.get(0, token).sub(moved.get(0, token)).mul(amount);
          moved.at(0, token).set(moved.get(0, token).add(way));
          return moved;
        })) {
      return (difference(on, on.contrast().corrupt()) - low) / (high - low) / amount;
    }
  }

  @Test
  void estimates_leave_no_gradients_in_the_parameters() {
    AttributionPatching.of(LM, Subjects.facts().contrast());

    assertThat(LM.network().parameters()).allMatch(p -> p.requiresGrad() && !p.hasGrad());
  }

  @Test
  void heads_together_do_more_than_nothing_and_are_named() {
    PatchMap heads =
        ActivationPatching.of(LM, Subjects.facts().contrast(), Set.of(Part.HEADS), _ -> {})
            .map(Part.HEADS);

    assertThat(heads.columns()).containsExactly("head 0", "head 1", "head 2", "head 3");
    assertThat(
            heads.effects().stream().flatMap(List::stream).mapToDouble(d -> d).max().orElseThrow())
        .isGreaterThan(0.1);
  }

  @Test
  void every_patch_is_counted_once() {
    var counted = new int[1];
    Set<Part> parts = Set.of(Part.RESIDUAL, Part.HEADS);

    ActivationPatching.of(LM, Subjects.facts().contrast(), parts, n -> counted[0] += n);

    assertThat(counted[0])
        .isEqualTo(ActivationPatching.count(LM.network(), Subjects.facts().contrast(), parts))
        .isEqualTo(5 * 10 + 4 * 4);
  }

  @Test
  void prompts_of_unequal_length_are_refused_with_their_tokens() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Contrast.of(LM, Subjects.PARIS, "The Kremlin is in the city of"))
        .withMessageContaining("10 tokens")
        .withMessageContaining("7 [The,  Kremlin");
  }

  @Test
  void answers_must_be_one_token_and_differ() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Contrast.of(LM, Subjects.PARIS, Subjects.ROME, " Paris, France", " Rome"))
        .withMessageContaining("must be one");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Contrast.of(LM, Subjects.PARIS, Subjects.ROME, " Rome", " Rome"))
        .withMessageContaining("two different");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Contrast.of(LM, Subjects.PARIS, Subjects.PARIS))
        .withMessageContaining("must differ");
  }

  @Test
  void a_part_that_was_not_patched_has_no_map() {
    Patching patching =
        ActivationPatching.of(LM, Subjects.facts().contrast(), Set.of(Part.MLP), _ -> {});

    assertThatIllegalArgumentException().isThrownBy(() -> patching.map(Part.HEADS));
  }
}
