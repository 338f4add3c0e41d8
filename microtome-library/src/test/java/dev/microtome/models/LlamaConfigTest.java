package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlamaConfigTest {
  @TempDir Path dir;

  private LlamaConfig read(String keys) {
    try {
      Path file = dir.resolve("config.json");
      Files.writeString(file, "{" + keys.replace('\'', '"') + "}");
      return LlamaConfig.read(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void both_styles_of_keys_read_the_same() {
    Path folder = ModelFiles.resource("models/llama-gqa-tied-bf16");

    assertThat(LlamaConfig.read(folder.resolve("config.v5.json")))
        .isEqualTo(LlamaConfig.read(folder.resolve("config.json")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama|'rope_scaling': null",
        "llama|'rope_scaling': {'type': 'linear', 'factor': 2.5}",
        "llama|'rope_scaling': {'type': 'dynamic', 'factor': 2}",
        "llama|'rope_scaling': {'rope_type': 'yarn', 'factor': 4, 'mscale': 1, 'mscale_all_dim': 2}",
        "llama|'rope_parameters': {'rope_type': 'llama3', 'factor': 8, 'low_freq_factor': 1,"
            + " 'high_freq_factor': 4, 'original_max_position_embeddings': 64, 'rope_theta': 5e5}",
        "llama|'attention_bias': true, 'mlp_bias': true, 'hidden_act': 'gelu'",
        "qwen2|'use_sliding_window': true, 'sliding_window': 7, 'max_window_layers': 3",
        "qwen2|'num_key_value_heads': 4",
        "mistral|'sliding_window': null",
        "mistral|'head_dim': 256",
      },
      quoteCharacter = '`')
  void what_is_written_reads_the_same(String type, String keys) throws IOException {
    LlamaConfig config =
        read("'model_type': '%s', 'max_position_embeddings': 128, %s".formatted(type, keys));
    var json = config.json();
    Path file = dir.resolve("again.json");
    Files.write(file, ModelFiles.JSON.writeValueAsBytes(json));

    assertThat(LlamaConfig.read(file)).isEqualTo(config);
  }

  @Test
  void missing_keys_take_the_familys_defaults() {
    LlamaConfig llama = read("'model_type': 'llama'");
    LlamaConfig qwen = read("'model_type': 'qwen2'");
    LlamaConfig mistral = read("'model_type': 'mistral'");

    assertThat(llama.keyHeads()).isEqualTo(32);
    assertThat(llama.context()).isEqualTo(2048);
    assertThat(qwen.queryBias()).isTrue();
    assertThat(qwen.joinBias()).isFalse();
    assertThat(qwen.windows()).containsOnly(0).hasSize(32);
    assertThat(mistral.windows()).containsOnly(4096);
    assertThat(mistral.keyHeads()).isEqualTo(8);
    assertThat(read("'model_type': 'mistral', 'sliding_window': null").windows()).containsOnly(0);
  }

  @Test
  void windows_begin_where_qwen_says_and_newer_files_name_each_block() {
    String qwen = "'model_type': 'qwen2', 'num_hidden_layers': 3, 'use_sliding_window': true, ";

    assertThat(read(qwen + "'sliding_window': 9, 'max_window_layers': 2").windows())
        .containsExactly(0, 0, 9);
    assertThat(
            read(qwen
                    + "'sliding_window': 9, 'layer_types': ['sliding_attention',"
                    + " 'full_attention', 'full_attention']")
                .windows())
        .containsExactly(9, 0, 0);
  }

  @Test
  void stretched_positions_stretch_the_context() {
    String plain = "'model_type': 'llama', 'max_position_embeddings': 100, ";

    assertThat(read(plain + "'rope_scaling': {'type': 'linear', 'factor': 2.5}").context())
        .isEqualTo(250);
    assertThat(read(plain + "'rope_scaling': {'type': 'dynamic', 'factor': 4}").context())
        .isEqualTo(400);
    LlamaConfig yarn =
        read(
            plain
                + "'rope_scaling': {'type': 'yarn', 'factor': 4,"
                + " 'original_max_position_embeddings': 25}");
    assertThat(yarn.context()).isEqualTo(100);
    assertThat(((RopeScaling.Yarn) yarn.scaling()).attention())
        .isCloseTo(0.1 * Math.log(4) + 1, within(1e-12));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'rope_scaling': {'rope_type': 'longrope', 'factor': 4}|rope_scaling.rope_type\" is"
            + " \"longrope\", not supported; it must be one of default, linear, dynamic",
        "'rope_scaling': {'factor': 4}|\"rope_scaling.rope_type\" is not given",
        "'rope_scaling': {'type': 'linear'}|\"rope_scaling.factor\" is not given",
        "'rope_scaling': {'type': 'linear', 'factor': 0.5}|\"rope_scaling.factor\" is 0.5",
        "'rope_scaling': {'type': 'linear', 'factor': NaN}|\"rope_scaling.factor\" is",
        "'rope_scaling': 'linear'|\"rope_scaling\" is \"linear\"; it must be an object",
        "'rope_scaling': {'type': 'llama3', 'factor': 8}|original_max_position_embeddings\" is not",
        "'rope_parameters': {'rope_type': 'linear', 'factor': 2},"
            + " 'rope_scaling': {'type': 'linear', 'factor': 4}|\"rope_scaling\" is Linear",
        "'rope_parameters': {'rope_theta': 7}, 'rope_theta': 8|the same as in \"rope_parameters\"",
        "'rope_theta': 0|\"rope_theta\" is 0",
        "'rope_theta': 1|\"rope_theta\" is 1.0; it must be above 1",
        "'num_key_value_heads': 5|\"num_key_value_heads\" is 5; it must be a divisor of",
        "'hidden_size': 100|\"hidden_size\" is 100; it must be a multiple of",
        "'head_dim': 7|\"head_dim\" is 7; it must be even",
        "'hidden_act': 'silo'|\"hidden_act\" is silo",
        "'partial_rotary_factor': 0.5|\"partial_rotary_factor\" is 0.5",
        "'quantization_config': {}|\"quantization_config\" is given",
      },
      quoteCharacter = '`')
  void a_wrong_configuration_is_refused_by_name(String keys, String message) {
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> read("'model_type': 'llama', " + keys))
        .withMessageStartingWith(dir.resolve("config.json") + ": ")
        .withMessageContaining(message);
  }

  @Test
  void blocks_and_their_kinds_must_be_as_many() {
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> read("'model_type': 'mistral', 'layer_types': ['full_attention']"))
        .withMessageContaining("32 names, one a block");
  }

  @Test
  void another_architecture_is_told_from_a_llama() {
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> Llama.load(ModelFiles.resource("models/gpt2-hubstyle-f32")))
        .withMessageContaining("describes a Gpt2, not a Llama; open it with LanguageModel.load");
  }
}
