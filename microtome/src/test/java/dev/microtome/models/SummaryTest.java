package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.Device;
import dev.microtome.tensor.Shape;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private final LanguageModel<Gpt2> lm = LanguageModel.shipped();
  private final Summary summary = Summary.of(lm, 7);

  @Test
  void each_layer_tells_its_output_and_size() {
    assertThat(row("transformer.h.1.attn.c_attn"))
        .isEqualTo(
            new Summary.Row(
                "transformer.h.1.attn.c_attn",
                "Conv1D",
                5,
                new Shape(1, 7, 96),
                32 * 96 + 96,
                32,
                4 * (32 * 96 + 96),
                false));
    assertThat(row("transformer.h.2").type()).isEqualTo("GPT2Block");
    assertThat(row("transformer.h.2").output()).isEqualTo(new Shape(1, 7, 32));
    assertThat(row("").output()).isEqualTo(new Shape(1, 7, 50257));
  }

  @Test
  void a_tied_head_is_counted_once() {
    assertThat(row("lm_head").tied()).isTrue();
    assertThat(row("lm_head").parameters()).isZero();
    assertThat(summary.parameters())
        .isEqualTo(lm.network().parameterCount())
        .isEqualTo(summary.rows().stream().mapToLong(Summary.Row::parameters).sum());
    assertThat(summary.bytes()).isEqualTo(4 * summary.parameters());
  }

  @Test
  void no_weights_are_read() {
    assertThat(lm.network().parameters())
        .allSatisfy(parameter -> assertThat(parameter.device()).isEqualTo(Device.META));
  }

  private Summary.Row row(String path) {
    return summary.rows().stream().filter(row -> row.path().equals(path)).findFirst().orElseThrow();
  }
}
