package dev.microtome.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.nn.LayerNorm;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Sgd;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// Names in files are those of PEFT's `get_peft_model_state_dict`: biases of adapted layers are
/// their base's, those of others and saved modules keep their names.
class WholeTest {
  private static final String PREFIX = "base_model.model.";

  @TempDir Path folder = Path.of("");
  private Sequential network = new Sequential();
  private Tensor x = Tensor.ones(1);

  @BeforeEach
  void make() {
    Torch.manualSeed(3);
    network = fresh();
    x = Tensor.randn(5, 6);
  }

  private static Sequential fresh() {
    return Sequential.named()
        .add("q_proj", new Linear(6, 8))
        .add("norm", new LayerNorm(8))
        .add("v_proj", new Linear(8, 8))
        .add("lm_head", new Linear(8, 4))
        .build();
  }

  private Tensor run() {
    return Grad.off(() -> network.apply(x));
  }

  private Map<String, Tensor> numbers() {
    var numbers = new HashMap<String, Tensor>();
    network.stateDict().forEach((path, tensor) -> numbers.put(path, tensor.copy()));
    return numbers;
  }

  private void step() {
    var optimizer = new Sgd(network.trainable().values(), 0.02);
    for (int i = 0; i < 2; i++) {
      optimizer.zeroGrad();
      network.apply(x).square().sum().backward();
      optimizer.step();
    }
  }

  private Set<String> written() throws IOException {
    PeftAdapter.of(Adapters.of(network), "default", "toy").write(folder);
    try (var file = Safetensors.open(folder.resolve("adapter_model.safetensors"))) {
      return Set.copyOf(file.names());
    }
  }

  @ParameterizedTest
  @EnumSource(Whole.Bias.class)
  void biases_are_trained_and_named_as_in_peft(Whole.Bias bias) throws IOException {
    Lora.rank(2).dora(true).bias(bias).applyTo(network, path -> path.endsWith("_proj"));
    Set<String> adapted = Set.of("q_proj.base_layer.bias", "v_proj.base_layer.bias");
    Set<String> others = Set.of("norm.bias", "lm_head.bias");
    assertThat(network.trainable().keySet().stream().filter(path -> path.endsWith("bias")))
        .containsExactlyInAnyOrderElementsOf(
            switch (bias) {
              case NONE -> Set.<String>of();
              case LORA_ONLY -> adapted;
              case ALL -> union(adapted, others);
            });
    Map<String, Tensor> before = numbers();
    step();
    Set<String> names = written();
    adapted.forEach(
        path -> assertThat(names.contains(PREFIX + path)).isEqualTo(bias != Whole.Bias.NONE));
    others.forEach(
        path -> assertThat(names.contains(PREFIX + path)).isEqualTo(bias == Whole.Bias.ALL));
    assertThat(Files.readString(folder.resolve("adapter_config.json")))
        .contains("\"bias\" : \"" + bias.name().toLowerCase(java.util.Locale.ROOT) + "\"");
    if (bias != Whole.Bias.NONE) {
      assertThat(network.tensor("q_proj.base_layer.bias").toFloats())
          .isNotEqualTo(before.get("q_proj.base_layer.bias").toFloats());
    }
  }

  private static Set<String> union(Set<String> a, Set<String> b) {
    var all = new java.util.HashSet<>(a);
    all.addAll(b);
    return all;
  }

  @ParameterizedTest
  @CsvSource({"ALL, false", "LORA_ONLY, true"})
  void what_was_trained_is_read_again(Whole.Bias bias, boolean dora) throws IOException {
    Map<String, Tensor> base = numbers();
    Lora.rank(2)
        .dora(dora)
        .bias(bias)
        .modulesToSave("lm_head")
        .applyTo(network, path -> path.endsWith("proj"));
    step();
    Tensor trained = run();
    assertThat(written()).contains(PREFIX + "lm_head.weight", PREFIX + "lm_head.bias");
    network = fresh();
    network.load(base);
    PeftAdapter read = PeftAdapter.read(folder);
    assertThat(read.config().settings().whole().modules()).containsExactly("lm_head");
    Tensor plain = run();
    Adapters adapters = read.applyTo(network, "again");
    assertThat(run().toFloats()).isEqualTo(trained.toFloats());
    adapters.use();
    assertThat(run().toFloats()).isEqualTo(plain.toFloats());
    adapters.use("again");
    var copy = (Sequential) network.copy();
    assertThat(Grad.off(() -> copy.apply(x)).toFloats()).isEqualTo(trained.toFloats());
    Adapters.of(copy).use();
    assertThat(Grad.off(() -> copy.apply(x)).toFloats()).isEqualTo(plain.toFloats());
    adapters.remove("again");
    assertThat(run().toFloats()).isEqualTo(plain.toFloats());
    base.forEach((path, tensor) ->
        assertThat(network.tensor(path).toFloats()).as(path).isEqualTo(tensor.toFloats()));
  }

  @Test
  void what_is_trained_whole_gets_no_low_rank_part() {
    Adapters adapters =
        Lora.rank(2).modulesToSave("lm_head", "norm").applyTo(network, path -> true);
    assertThat(adapters.layers()).containsOnlyKeys("q_proj", "v_proj");
    assertThat(adapters.whole("default"))
        .containsOnlyKeys("lm_head.weight", "lm_head.bias", "norm.weight", "norm.bias");
  }

  @Test
  void it_stays_after_merging_and_undoing_brings_all_back() {
    Tensor plain = run();
    Adapters adapters =
        Lora.rank(2).bias(Whole.Bias.ALL).modulesToSave("lm_head").applyTo(network, p -> true);
    step();
    Tensor trained = run();
    Merged merged = adapters.merge();
    assertThat(adapters.names()).isEmpty();
    assertThat(run().sub(trained).abs().max().item()).isLessThan(1e-4);
    assertThat(network.stateDict()).hasSize(8);
    merged.undo();
    assertThat(run().toFloats()).isEqualTo(trained.toFloats());
    adapters.use();
    assertThat(run().toFloats()).isEqualTo(plain.toFloats());
  }

  @Test
  void two_adapters_may_bring_the_same_parameter_one_at_a_time() {
    Lora settings = Lora.rank(2).modulesToSave("lm_head");
    Adapters adapters = settings.applyTo(network, path -> true, "a");
    step();
    Tensor a = run();
    settings.applyTo(network, path -> true, "b");
    step();
    Tensor b = run();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> adapters.use("a", "b"))
        .withMessageContaining("[a, b] all bring 'lm_head.weight'");
    assertThat(run().toFloats()).isEqualTo(b.toFloats());
    adapters.use("a");
    assertThat(run().toFloats()).isEqualTo(a.toFloats());
  }

  @Test
  void modules_that_are_not_there_are_refused_and_nothing_is_changed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lora.rank(2).modulesToSave("ln_head").applyTo(network, path -> true))
        .withMessageContaining("no layer of Sequential is called 'ln_head'")
        .withMessageContaining("near: lm_head");
    Lora.rank(2).applyTo(network, path -> path.equals("lm_head"), "first");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            Lora.rank(2)
                .modulesToSave("lm_head")
                .applyTo(network, path -> path.equals("q_proj"), "second"))
        .withMessageContaining("lm_head can't be trained whole: it has adapters");
    assertThat(Adapters.of(network).names()).containsExactly("first");
  }

  @Test
  void files_that_bring_too_little_or_too_much_are_refused() throws IOException {
    Lora.rank(2).modulesToSave("lm_head").applyTo(network, path -> true);
    written();
    Path weights = folder.resolve("adapter_model.safetensors");
    var tensors = new LinkedHashMap<String, Tensor>();
    try (var file = Safetensors.open(weights)) {
      file.names().forEach(name -> tensors.put(name, file.tensor(name).copy()));
    }
    Tensor bias = tensors.remove(PREFIX + "lm_head.bias");
    Safetensors.write(weights, tensors, Map.of());
    network = fresh();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftAdapter.read(folder).applyTo(network, "a"))
        .withMessageContaining("no tensors for [lm_head.bias]");
    tensors.put(PREFIX + "lm_head.bias", Tensor.ones(bias.numel() + 1));
    Safetensors.write(weights, tensors, Map.of());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeftAdapter.read(folder).applyTo(network, "a"))
        .withMessageContaining("brings 'lm_head.bias' [5], but the network has it as [4]");
    tensors.put(PREFIX + "lm_head.bias", bias);
    tensors.put(PREFIX + "norm.bias", Tensor.ones(8));
    Safetensors.write(weights, tensors, Map.of());
    assertThatExceptionOfType(PeftFormatException.class)
        .isThrownBy(() -> PeftAdapter.read(folder))
        .withMessageContaining("norm.bias");
    assertThat(Adapters.of(network).names()).isEmpty();
    assertThat(network.trainable()).hasSize(8);
  }
}
