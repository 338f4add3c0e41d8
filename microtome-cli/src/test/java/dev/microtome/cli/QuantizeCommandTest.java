package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizeCommandTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  @TempDir private Path folder = Path.of("");

  @Test
  void a_quantized_folder_generates_as_any_other() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), PROMPT + " Paris");
    Path out = folder.resolve("small");
    var session =
        Session.of(
            "quantize",
            "--bits",
            "4",
            "--group-size",
            "32",
            "--text",
            text.toString(),
            "--out",
            out.toString());
    assertThat(session.err()).isEmpty();
    assertThat(session.exitCode()).isZero();
    assertThat(session.out())
        .contains("transformer.h.3.mlp.c_proj", "16 layers: ", "loss of ", "written: " + out)
        .doesNotContain("lm_head");
    var generated =
        Session.of("generate", PROMPT, "--model", out.toString(), "--max-new-tokens", "1");
    assertThat(generated.out().strip()).isEqualTo(PROMPT + " Paris");
    assertThat(Session.of("summary", "--model", out.toString()).out()).contains("LowBitLinear");
  }

  @Test
  void senseless_settings_are_refused() {
    var bits = Session.of("quantize", "--bits", "7");
    assertThat(bits.exitCode()).isEqualTo(2);
    assertThat(bits.err()).contains("weights of 7.0 bits are not supported; choose one of 8, 6");
    var size = Session.of("quantize", "--bits", "4", "--group-size", "33");
    assertThat(size.exitCode()).isEqualTo(1);
    assertThat(size.err()).contains("transformer.h.0.attn.c_attn: groups of 33 do not divide");
    var name = Session.of("quantize", "--bits", "4", "--layers", "c_attm");
    assertThat(name.exitCode()).isEqualTo(1);
    assertThat(name.err())
        .contains("no linear layer of GPT2LMHeadModel is called 'c_attm'; near: c_attn");
  }
}
