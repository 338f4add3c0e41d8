package dev.microtome.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.nn.Checkpoint;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeftAdapterTest {
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String CONFIG = "adapter_config.json";

  @TempDir private Path folder = Path.of("");

  @BeforeEach
  void copy() throws Exception {
    for (String name : new String[] {WEIGHTS, CONFIG}) {
      var url = PeftAdapterTest.class.getResource("peft_adapter/" + name);
      Files.copy(Path.of(Objects.requireNonNull(url).toURI()), folder.resolve(name));
    }
  }

  /// As the recorded adapter's base: q_proj from 12 to 10, v_proj from 12 to 6.
  private static Sequential network(int layers, long vProj) {
    var list = Sequential.named();
    for (int i = 0; i < layers; i++) {
      var attention =
          Sequential.named()
              .add("q_proj", new Linear(12, 10, false))
              .add("v_proj", new Linear(12, vProj, false))
              .build();
      list.add(Integer.toString(i), Sequential.named().add("self_attn", attention).build());
    }
    Layer<Tensor, Tensor> inner = Sequential.named().add("layers", list.build()).build();
    return Sequential.named().add("model", inner).build();
  }

  @Test
  void it_is_read_applied_and_written_again() throws IOException {
    PeftAdapter adapter = PeftAdapter.read(folder);
    assertThat(adapter.config().settings().dora()).isTrue();
    assertThat(adapter.parts()).hasSize(4);
    long out = adapter.parts().get("model.layers.0.self_attn.v_proj").matrixB().size(0);
    var network = network(2, out);
    Adapters adapters = adapter.applyTo(network, "golden");
    Path again = folder.resolve("again");
    PeftAdapter.of(adapters, "golden", "toy").write(again);
    Map<String, Tensor> first = Checkpoint.read(folder.resolve(WEIGHTS));
    Map<String, Tensor> second = Checkpoint.read(again.resolve(WEIGHTS));
    assertThat(second.keySet()).isEqualTo(first.keySet());
    first.forEach((name, tensor) ->
        assertThat(Objects.requireNonNull(second.get(name)).toFloats())
            .as(name)
            .isEqualTo(tensor.toFloats()));
    assertThat(Files.readString(again.resolve(CONFIG)))
        .contains("\"peft_type\" : \"LORA\"", "\"use_dora\" : true", "\"lora_alpha\" : 8");
  }

  @Test
  void a_pattern_changes_rank_and_alpha_of_a_layer() throws IOException {
    edit("\"rank_pattern\": {}", "\"rank_pattern\": {\"layers.0.self_attn.q_proj\": 2}");
    edit("\"alpha_pattern\": {}", "\"alpha_pattern\": {\"v_proj\": 32}");
    Map<String, Tensor> tensors = new LinkedHashMap<>(Checkpoint.read(folder.resolve(WEIGHTS)));
    String path = "base_model.model.model.layers.0.self_attn.q_proj.";
    cut(tensors, path + "lora_A.weight", 0);
    cut(tensors, path + "lora_B.weight", 1);
    rewrite(tensors);
    PeftAdapter adapter = PeftAdapter.read(folder);
    assertThat(adapter.parts().get("model.layers.0.self_attn.q_proj").settings().scaling())
        .isEqualTo(4);
    assertThat(adapter.parts().get("model.layers.1.self_attn.v_proj").settings().scaling())
        .isEqualTo(8);
    var network =
        network(2, adapter.parts().get("model.layers.0.self_attn.v_proj").matrixB().size(0));
    Adapters adapters = adapter.applyTo(network, "a");
    PeftAdapter.of(adapters, "a", null).write(folder.resolve("again"));
    PeftAdapter again = PeftAdapter.read(folder.resolve("again"));
    adapter
        .parts()
        .forEach((at, part) ->
            assertThat(again.parts().get(at).settings().scaling())
                .isEqualTo(part.settings().scaling()));
  }

  private static void cut(Map<String, Tensor> tensors, String name, long dim) {
    Tensor whole = Objects.requireNonNull(tensors.get(name));
    tensors.put(name, whole.narrow(dim, 0, 2).copy());
  }

  @Test
  void an_adapter_of_another_model_is_refused_by_name() {
    PeftAdapter adapter = PeftAdapter.read(folder);
    long out = adapter.parts().get("model.layers.0.self_attn.v_proj").matrixB().size(0);
    var small = network(1, out);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> adapter.applyTo(small, "a"))
        .withMessageContaining("tensors for 'model.layers.1.self_attn.q_proj'")
        .withMessageContaining("made for another model (toy)?");
    var large = network(3, out);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> adapter.applyTo(large, "a"))
        .withMessageContaining("no tensors for [model.layers.2.self_attn.q_proj");
    var wide = network(2, out + 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> adapter.applyTo(wide, "a"))
        .withMessageContaining("model.layers.0.self_attn.v_proj");
    assertThat(Adapters.of(wide).names()).isEmpty();
    assertThat(wide.trainable()).hasSize(4);
  }

  @Test
  void files_that_do_not_fit_are_refused() throws IOException {
    refused(CONFIG, "\"r\": 4", "\"r\": 5", "rank 5 by the configuration");
    refused(CONFIG, "\"r\": 4", "\"r\": 0", "a rank must be a whole number from 1");
    refused(CONFIG, "\"r\": 4", "\"r\": \"x\"", "'r' must be a number");
    refused(CONFIG, "\"use_dora\": true", "\"use_dora\": false", "but use_dora is false");
    refused(CONFIG, "\"peft_type\": \"LORA\"", "\"peft_type\": \"IA3\"", "'peft_type' is IA3");
    refused(CONFIG, "\"bias\": \"none\"", "\"bias\": \"some\"", "none, all or lora_only");
    refused(
        CONFIG,
        "\"modules_to_save\": null",
        "\"modules_to_save\": [1]",
        "'modules_to_save' must hold names");
    refused(CONFIG, "\"lora_dropout\": 0.05", "\"lora_dropout\": 2", "dropout must be within");
    refused(
        CONFIG,
        "\"init_lora_weights\": true",
        "\"init_lora_weights\": \"pissa_niter_4\"",
        "pissa_niter_4, which changed the base model");
    refused(CONFIG, "\"lora_bias\": false", "\"lora_bias\": true", "merge_and_unload");
    refused(
        CONFIG,
        "\"layers_to_transform\": null",
        "\"layers_to_transform\": [\"a\"]",
        "'layers_to_transform' must hold numbers");
    refused(CONFIG, "{", "[", "is not sound JSON");
    Map<String, Tensor> tensors = new LinkedHashMap<>(Checkpoint.read(folder.resolve(WEIGHTS)));
    String path = "base_model.model.model.layers.0.self_attn.q_proj.";
    Tensor gone = Objects.requireNonNull(tensors.remove(path + "lora_B.weight"));
    rewrite(tensors);
    refusedNow("has no '" + path + "lora_B.weight'");
    tensors.put(path + "lora_B.weight", gone);
    tensors.put("base_model.model.lm_head.weight", Tensor.ones(1));
    rewrite(tensors);
    refusedNow("holds 'base_model.model.lm_head.weight'");
    Files.delete(folder.resolve(WEIGHTS));
    refusedNow("is not there");
  }

  /// As in PEFT's `check_target_module_exists`.
  @Test
  void blocks_and_exclusions_choose_the_targets() throws IOException {
    edit("\"layers_to_transform\": null", "\"layers_to_transform\": [0, 2]");
    var rule = PeftAdapter.read(folder).config().rule();
    assertThat(rule).accepts("model.layers.0.self_attn.q_proj", "model.layers.2.self_attn.v_proj");
    assertThat(rule).rejects("model.layers.1.self_attn.q_proj", "model.layers.20.self_attn.q_proj");
    assertThat(rule).rejects("q_proj.layers.0.k_proj");
    edit("\"layers_pattern\": null", "\"layers_pattern\": \"blocks\"");
    assertThat(PeftAdapter.read(folder).config().rule())
        .accepts("model.blocks.2.q_proj", "q_proj")
        .rejects("model.layers.0.self_attn.q_proj");
    edit("\"layers_to_transform\": [0, 2]", "\"layers_to_transform\": 1");
    edit("\"layers_pattern\": \"blocks\"", "\"layers_pattern\": null");
    edit("\"exclude_modules\": null", "\"exclude_modules\": \".*v_p.*\"");
    assertThat(PeftAdapter.read(folder).config().rule())
        .accepts("model.layers.1.self_attn.q_proj")
        .rejects("model.layers.1.self_attn.v_proj", "model.layers.0.self_attn.q_proj");
  }

  @Test
  void the_first_pattern_that_fits_counts() throws IOException {
    edit("\"alpha_pattern\": {}", "\"alpha_pattern\": {\"0.*.q_proj\": 32, \"q_proj\": 16}");
    var config = PeftAdapter.read(folder).config();
    assertThat(config.settings("model.layers.0.self_attn.q_proj").alpha()).isEqualTo(32);
    assertThat(config.settings("model.layers.1.self_attn.q_proj").alpha()).isEqualTo(16);
    assertThat(config.settings("model.layers.1.self_attn.v_proj").alpha()).isEqualTo(8);
  }

  @Test
  void a_pattern_that_never_ends_is_refused() throws IOException {
    edit("\"rank_pattern\": {}", "\"rank_pattern\": {\"(.*)(.*)(.*)(.*)(.*)(.*)(.*)x\": 2}");
    refusedNow("takes too long");
  }

  @Test
  void folders_cut_or_changed_at_any_byte_are_refused_or_read() throws IOException {
    for (String name : new String[] {CONFIG, WEIGHTS}) {
      byte[] whole = Files.readAllBytes(folder.resolve(name));
      for (int i = 0; i < whole.length; i++) {
        byte[] changed = whole.clone();
        changed[i] ^= (byte) (1 << (i % 8));
        readOrRefused(name, changed);
        readOrRefused(name, Arrays.copyOf(whole, i));
      }
      Files.delete(folder.resolve(name));
      Files.write(folder.resolve(name), whole);
    }
    assertThat(PeftAdapter.read(folder).parts()).hasSize(4);
  }

  private void readOrRefused(String name, byte[] bytes) throws IOException {
    Files.delete(folder.resolve(name)); // the old one may still be mapped
    Files.write(folder.resolve(name), bytes);
    try {
      assertThat(PeftAdapter.read(folder).parts()).isNotEmpty();
    } catch (IllegalArgumentException refused) {
      assertThat(refused).hasMessageContaining(folder.toString());
    }
  }

  private void edit(String old, String next) throws IOException {
    String text = Files.readString(folder.resolve(CONFIG));
    assertThat(text).contains(old);
    Files.writeString(folder.resolve(CONFIG), text.replace(old, next));
  }

  private void refused(String file, String old, String next, String why) throws IOException {
    String text = Files.readString(folder.resolve(file));
    Files.writeString(folder.resolve(file), text.replace(old, next));
    refusedNow(why);
    Files.writeString(folder.resolve(file), text);
  }

  private void refusedNow(String why) {
    assertThatExceptionOfType(PeftFormatException.class)
        .isThrownBy(() -> PeftAdapter.read(folder))
        .withMessageContaining(folder.toString())
        .withMessageContaining(why);
  }

  private void rewrite(Map<String, Tensor> tensors) {
    var own = new LinkedHashMap<String, Tensor>();
    tensors.forEach((name, tensor) -> own.put(name, Grad.off(tensor::copy)));
    Checkpoint.write(folder.resolve(WEIGHTS), own);
  }
}
