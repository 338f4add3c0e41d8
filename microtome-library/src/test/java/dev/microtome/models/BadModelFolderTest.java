package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BadModelFolderTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "n_embd|48.5|\"n_embd\" is 48.5; it must be a whole number from 1 to 65536",
        "n_embd|'\"32\"'|\"n_embd\" is \"32\"; it must be a whole number",
        "n_embd|30|\"n_embd\" is 30; it must be a multiple of \"n_head\", 4",
        "n_head|0|\"n_head\" is 0; it must be a whole number from 1",
        "n_layer|100000|\"n_layer\" is 100000",
        "vocab_size|-1|\"vocab_size\" is -1",
        "vocab_size|99999999999999999999|\"vocab_size\" is 99999999999999999999",
        "hidden_size|64|\"hidden_size\" is 64; it must be the same as \"n_embd\", 32",
        "layer_norm_epsilon|NaN|\"layer_norm_epsilon\" is ",
        "attn_pdrop|2|\"attn_pdrop\" is 2; it must be a number from 0.0 to 1.0",
        "activation_function|'\"gelo\"'|\"activation_function\" is gelo; it must be one of [gelu",
        "torch_dtype|'\"int8\"'|\"torch_dtype\" is int8; it must be float32, float16 or bfloat16",
        "scale_attn_weights|1|\"scale_attn_weights\" is 1; it must be true or false",
        "add_cross_attention|true|\"add_cross_attention\" is true",
        "quantization_config|{}|\"quantization_config\" is given",
        "model_type|'\"bert\"'|\"model_type\" is \"bert\", an unknown architecture; supported: gpt2, llama",
        "model_type|null|\"model_type\" is not given",
        "eos_token_id|'[1, true]'|",
      })
  void a_wrong_configuration_is_refused_by_name(String key, String value, String message)
      throws IOException {
    Path folder = ModelFiles.changed(dir, config -> config.remove(key));
    String text = Files.readString(folder.resolve("config.json"));
    Files.writeString(
        folder.resolve("config.json"), "{\"" + key + "\":" + value + "," + text.substring(1));
    Files.deleteIfExists(folder.resolve("generation_config.json"));

    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> LanguageModel.load(folder))
        .withMessageStartingWith(folder.resolve("config.json") + ": ")
        .withMessageContaining(message == null ? "eos_token_id" : message);
  }

  @Test
  void missing_keys_take_the_originals_defaults() throws IOException {
    Path file = dir.resolve("config.json");
    Files.writeString(file, "{\"model_type\": \"gpt2\", \"n_inner\": null}");

    Gpt2Config config = Gpt2Config.read(file);

    assertThat(config).isEqualTo(Gpt2Config.of(50257, 1024, 768, 12, 12));
    assertThat(LanguageModel.skeleton(config).network().parameterCount()).isEqualTo(124_439_808);
  }

  @Test
  void a_folder_without_a_configuration_lists_what_it_has() throws IOException {
    Files.writeString(dir.resolve("weights.onnx"), "");

    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> LanguageModel.load(dir))
        .withMessageContaining("has no config.json (it holds weights.onnx)");
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> LanguageModel.load(dir.resolve("nowhere")))
        .withMessageContaining("is not a folder");
  }

  @Test
  void weights_of_other_shapes_are_refused_with_both_shapes() {
    Path folder = ModelFiles.changed(dir, config -> config.put("n_positions", 41));

    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> LanguageModel.load(folder))
        .withMessageContaining(
            "transformer.wpe.weight is [40, 32] in the weights, [41, 32] by config.json");
  }

  @Test
  void missing_and_unknown_weights_are_refused_by_name() {
    Path folder =
        weights(state -> {
          state.put("score.weight", Tensor.zeros(2, 2));
          state.remove("h.1.ln_2.bias");
        });

    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> LanguageModel.load(folder))
        .withMessageContaining("missing: transformer.h.1.ln_2.bias")
        .withMessageContaining("not part of this network: transformer.score.weight");
  }

  @Test
  void the_same_parameter_twice_is_refused() {
    Path folder = weights(state -> state.put("transformer.ln_f.bias", Tensor.zeros(32)));

    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> LanguageModel.load(folder))
        .withMessageContaining("'ln_f.bias'")
        .withMessageContaining("'transformer.ln_f.bias'");
  }

  @Test
  void weights_that_are_no_numbers_with_a_point_are_refused() {
    Path folder = weights(state -> state.put("ln_f.bias", Tensor.of(new long[32])));

    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> LanguageModel.load(folder))
        .withMessageContaining("transformer.ln_f.bias holds torch.int64");
  }

  @Test
  void an_untied_head_must_be_there_and_a_tied_one_follows_the_embedding() {
    Path folder = weights(state -> state.put("lm_head.weight", Tensor.zeros(131, 32)));

    Tensor head = loaded(folder).network().tensor("lm_head.weight");
    assertThat(head.abs().sum().item()).isPositive();

    Path untied = dir.resolve("untied");
    untied.toFile().mkdir();
    ModelFiles.changed(untied, config -> config.put("tie_word_embeddings", false));
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> LanguageModel.load(untied))
        .withMessageContaining("missing: lm_head.weight");
  }

  @Test
  void half_precision_weights_are_computed_with_in_float32() {
    LanguageModel<Gpt2> exact = Gpt2.load(ModelFiles.resource("models/gpt2-hubstyle-f32"));
    Path folder = weights(state -> state.replaceAll((_, t) -> t.to(DType.BFLOAT16)));

    Tensor logits = loaded(folder).logits(Tensor.of(new long[][] {{1, 2, 3}}));

    assertThat(logits.dtype()).isEqualTo(DType.FLOAT32);
    assertThat(logits.allClose(exact.logits(Tensor.of(new long[][] {{1, 2, 3}})), 0.1, 0.2))
        .isTrue();
  }

  @Test
  void a_cut_file_is_refused_before_anything_is_loaded() throws IOException {
    Path folder = ModelFiles.changed(dir, _ -> {});
    Path file = folder.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 100));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> LanguageModel.load(folder))
        .withMessageContaining("model.safetensors");
  }

  private static LanguageModel<Gpt2> loaded(Path folder) {
    LanguageModel<Gpt2> lm = Gpt2.load(folder);
    lm.loadWeights();
    return lm;
  }

  private Path weights(Consumer<Map<String, Tensor>> change) {
    Path folder = ModelFiles.changed(dir, _ -> {});
    Path file = folder.resolve("model.safetensors");
    Map<String, Tensor> state;
    try (var stored = Safetensors.open(file)) {
      state = new LinkedHashMap<>(stored.tensors());
    }
    change.accept(state);
    Safetensors.write(file, state, Map.of());
    return folder;
  }
}
