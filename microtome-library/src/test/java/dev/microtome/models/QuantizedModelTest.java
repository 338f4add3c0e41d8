package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.adapt.Dora;
import dev.microtome.lowbit.InputStatistics;
import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.LowBitReport;
import dev.microtome.lowbit.ValueCoding;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.nn.Checkpoint;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Few bits and adapters in a whole language model.
class QuantizedModelTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  private LanguageModel<Gpt2> lm = LanguageModel.shipped();

  @BeforeEach
  void load() {
    lm = LanguageModel.shipped();
    lm.loadWeights();
  }

  private LowBitReport quantize(double bits) {
    return LowBit.bits(bits).groupSize(32).applyTo(lm.network(), LinearPlaces.allButHead());
  }

  @Test
  void four_bits_still_know_the_fact_and_take_a_fifth() {
    LowBitReport report = quantize(4);
    assertThat(report.rows()).hasSize(16);
    assertThat(report.bytes()).isLessThan(report.bytesBefore() / 5);
    assertThat(report.worst().error().relative()).isLessThan(0.12);
    assertThat(lm.next(PROMPT, 1).getFirst().text()).isEqualTo(" Paris");
    assertThat(lm.network().lmHead.get()).isNotInstanceOf(LowBitLinear.class);
  }

  @Test
  void what_is_left_alone_is_told_with_the_reason() {
    assertThat(quantize(4).left())
        .containsOnlyKeys("transformer.wte", "transformer.wpe", "lm_head")
        .containsEntry("transformer.wpe", "is no linear layer (Embedding)")
        .containsEntry(
            "lm_head", "the rule leaves it out, shares its numbers with transformer.wte.weight");
    assertThat(Dora.rank(2).applyTo(lm.network(), path -> !path.contains("mlp")).left())
        .containsEntry("transformer.h.0.mlp.c_fc", "the rule leaves it out")
        .doesNotContainKey("transformer.h.0.attn.c_attn")
        .hasSize(2 + 8);
  }

  @Test
  void a_quantized_model_is_saved_and_loaded_bit_for_bit(@TempDir Path folder) {
    LowBit.applyEach(
        lm.network(),
        path ->
            path.contains("lm_head")
                ? null
                : path.contains("mlp")
                    ? LowBit.bits(3)
                        .groupSize(32)
                        .codedValues(ValueCoding.GROUPS, ValueCoding.WHOLE)
                    : LowBit.bits(4).groupSize(32),
        InputStatistics.NONE);
    lm.save(folder, DType.FLOAT32);
    LanguageModel<?> again = LanguageModel.load(folder);
    assertThat(again.toString()).contains("LowBitLinear", "bits=3", "bits=4");
    KernelLinear.applyTo(lm.network(), Precision.FULL); // as loading does
    Tensor ids = Tensor.of(new long[][] {lm.encode(PROMPT)});
    assertThat(again.logits(ids).equal(lm.logits(PROMPT))).isTrue();
    assertThat(again.network().layer("transformer.h.1.mlp.c_fc")).isInstanceOf(KernelLinear.class);
  }

  @Test
  void codes_stored_as_floating_point_numbers_are_read_as_what_they_are(@TempDir Path folder) {
    quantize(3);
    lm.save(folder, DType.FLOAT32);
    KernelLinear.applyTo(lm.network(), Precision.FULL); // as loading does
    Path file = folder.resolve("model.safetensors");
    var tensors = new LinkedHashMap<String, Tensor>();
    Checkpoint.read(file)
        .forEach((name, tensor) -> {
          Tensor own = tensor.copy();
          boolean flag = name.endsWith(".view_as_float");
          tensors.put(
              name, name.endsWith(".W_q") ? own.view(DType.FLOAT16) : flag ? own.add(1) : own);
        });
    Checkpoint.write(file, tensors);
    assertThat(tensors.get("transformer.h.0.mlp.c_fc.W_q").dtype()).isEqualTo(DType.FLOAT16);
    LanguageModel<?> again = LanguageModel.load(folder);
    assertThat(again.logits(PROMPT).equal(lm.logits(PROMPT))).isTrue();
  }

  @Test
  void tracing_goes_into_a_three_bit_model_with_adapters() {
    quantize(3);
    Dora.rank(2).applyTo(lm.network(), path -> path.endsWith("c_fc"));
    String other = "The Colosseum is in the city of";
    var place = lm.network().transformer.h.get(1);
    Tensor clean = lm.trace(PROMPT, t -> t.at(place).output());
    Tensor patched =
        lm.trace(
            other,
            t -> {
              t.at(place).output().at(":", -1).set(clean.get(":", -1));
              return t.at(lm.network().lmHead).output().get(0, -1);
            });
    Tensor plain = lm.trace(other, t -> t.at(lm.network().lmHead).output().get(0, -1));
    assertThat(patched.toFloats()).isNotEqualTo(plain.toFloats());
    Tensor same =
        lm.trace(
            PROMPT,
            t -> {
              t.at(place).output().at(":", -1).set(clean.get(":", -1));
              return t.at(lm.network().lmHead).output().get(0, -1);
            });
    assertThat(same.toFloats()).isEqualTo(lm.logits(PROMPT).get(0, -1).toFloats());
  }

  @Test
  void fewer_bits_lose_more_of_a_text() {
    String text = PROMPT + " Paris";
    double plain = TextLoss.of(lm, text).loss();
    quantize(1);
    TextLoss coarse = TextLoss.of(lm, text);
    assertThat(coarse.loss()).isGreaterThan(plain + 0.1);
    assertThat(coarse.tokens()).isEqualTo(lm.encode(text).length - 1L);
    assertThatIllegalArgumentException().isThrownBy(() -> TextLoss.of(lm, ""));
  }

  @Test
  void what_has_no_form_in_a_folder_is_refused(@TempDir Path folder) throws IOException {
    quantize(4);
    Dora.rank(2).applyTo(lm.network(), path -> path.endsWith("c_fc"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> lm.save(folder, DType.FLOAT32))
        .withMessageContaining("transformer.h.0.mlp.c_fc is a AdaptedLinear");
    assertThat(Files.list(folder)).isEmpty();
  }

  @Test
  void a_folder_whose_codes_fit_nowhere_is_refused(@TempDir Path folder) throws IOException {
    quantize(4);
    lm.save(folder, DType.FLOAT32);
    Path config = folder.resolve("config.json");
    String text = Files.readString(config);
    Files.writeString(config, text.replace("\"n_inner\" : null", "\"n_inner\" : 64"));
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> LanguageModel.load(folder))
        .withMessageContaining("the layer's weight is [64, 32], the packed one [128, 32]");
    Files.writeString(config, text.replace("\"hqq\"", "\"gptq\""));
    assertThatExceptionOfType(ModelFormatException.class)
        .isThrownBy(() -> LanguageModel.load(folder))
        .withMessageContaining("\"quantization_config\" is given");
  }
}
