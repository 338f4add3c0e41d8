package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.file.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/// What a `config.json` may ask of a GPT-2 beyond the original.
class Gpt2VariantsTest {
  private static final Tensor IDS = Tensor.of(new long[][] {{1, 2, 3, 4, 5}});

  @TempDir Path dir;

  private LanguageModel<Gpt2> variant(java.util.function.Consumer<ObjectNode> change) {
    Path folder = ModelFiles.changed(dir, change);
    Gpt2Config config = Gpt2Config.read(folder.resolve("config.json"));
    Torch.manualSeed(11);
    var network = new Gpt2(config);
    network.eval();
    return LanguageModel.of(network, null);
  }

  static Stream<Arguments> activations() {
    return Stream.of(
        Arguments.of("gelu", "GELUActivation()", (UnaryOperator<Tensor>) Tensor::gelu),
        Arguments.of("gelu_new", "NewGELUActivation()", (UnaryOperator<Tensor>) Tensor::geluTanh),
        Arguments.of("relu", "ReLU()", (UnaryOperator<Tensor>) Tensor::relu),
        Arguments.of("silu", "SiLU()", (UnaryOperator<Tensor>) Tensor::silu),
        Arguments.of("tanh", "Tanh()", (UnaryOperator<Tensor>) Tensor::tanh));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("activations")
  void the_activation_is_the_one_named(
      String name, String printed, UnaryOperator<Tensor> function) {
    LanguageModel<Gpt2> lm = variant(config -> config.put("activation_function", name));
    var act = lm.network().blocks().getFirst().mlp.act;
    record Seen(Tensor in, Tensor out) {}

    Seen seen =
        lm.trace(new long[] {1, 2, 3}, t -> new Seen(t.at(act).input(), t.at(act).output()));

    assertThat(lm.toString()).contains("(act): " + printed);
    assertThat(seen.out().allClose(function.apply(seen.in()), 1e-5, 1e-6)).isTrue();
  }

  @Test
  void the_inner_width_is_free() {
    LanguageModel<Gpt2> lm = variant(config -> config.put("n_inner", 24));

    assertThat(lm.toString()).contains("(c_fc): Conv1D(nf=24, nx=32)");
    assertThat(lm.logits(IDS).size(1)).isEqualTo(5);
  }

  @Test
  void scores_scaled_by_depth_are_queries_scaled_by_depth() {
    LanguageModel<Gpt2> scaled =
        variant(config -> config.put("scale_attn_by_inverse_layer_idx", true));
    var plain =
        new Gpt2(Gpt2Config.read(ModelFiles.resource("models/gpt2-hubstyle-f32/config.json")));
    plain.eval();
    plain.load(scaled.network().stateDict());
    Grad.off(() -> {
      for (int block = 0; block < plain.blocks().size(); block++) {
        String attention = "transformer.h." + block + ".attn.c_attn.";
        plain.tensor(attention + "weight").narrow(1, 0, 32).mul_(1.0 / (block + 1));
        plain.tensor(attention + "bias").narrow(0, 0, 32).mul_(1.0 / (block + 1));
      }
      return true;
    });

    Tensor expected = plain.apply(new CausalNetwork.Input(IDS)).logits();

    assertThat(scaled.logits(IDS).allClose(expected, 1e-5, 1e-6)).isTrue();
  }

  @Test
  void an_untied_head_has_numbers_of_its_own() {
    LanguageModel<Gpt2> lm = variant(config -> config.put("tie_word_embeddings", false));

    assertThat(lm.network().namedParameters()).containsKey("lm_head.weight");
    assertThat(
            lm.network()
                .tensor("lm_head.weight")
                .equal(lm.network().tensor("transformer.wte.weight")))
        .isFalse();
  }

  @Test
  void names_without_a_prefix_are_those_with_one() {
    Path hub = ModelFiles.resource("models/gpt2-hubstyle-f32");
    var full = new LinkedHashMap<String, Tensor>();
    try (var stored = Safetensors.open(hub.resolve("model.safetensors"))) {
      Gpt2Config config = Gpt2Config.read(hub.resolve("config.json"));
      for (String name : stored.names()) {
        if (config.parameter(name) != null) {
          full.put(Objects.requireNonNull(config.parameter(name)), stored.tensor(name).copy());
        }
      }
    }
    Path folder = ModelFiles.changed(dir, _ -> {});
    Safetensors.write(folder.resolve("model.safetensors"), full, Map.of("format", "pt"));

    assertThat(Gpt2.load(folder).logits(IDS).equal(Gpt2.load(hub).logits(IDS))).isTrue();
  }
}
