package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.models.LanguageModel;
import dev.microtome.nn.Checkpoint;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
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
        .contains("as it was: transformer.wpe: is no linear layer (Embedding)")
        .contains(
            "as it was: lm_head: the rule leaves it out, shares its numbers with transformer.wte.weight");
    var generated =
        Session.of("generate", PROMPT, "--model", out.toString(), "--max-new-tokens", "1");
    assertThat(generated.out().strip()).isEqualTo(PROMPT + " Paris");
    assertThat(Session.of("summary", "--model", out.toString()).out()).contains("LowBitLinear");
  }

  @Test
  void damaged_models_are_refused_and_nothing_is_written() throws IOException {
    Path out = folder.resolve("small");
    Session.of("quantize", "--bits", "5", "--group-size", "32", "--out", out.toString());
    Path file = out.resolve("model.safetensors");
    var tensors = new LinkedHashMap<String, Tensor>();
    Checkpoint.read(file).forEach((name, tensor) -> tensors.put(name, tensor.copy()));
    String damaged = "transformer.h.2.mlp.c_fc";
    tensors.computeIfPresent(damaged + ".W_q", (_, codes) -> codes.bitwiseOr(32));
    Files.delete(file);
    Checkpoint.write(file, tensors);
    var codes = Session.of("generate", PROMPT, "--model", out.toString());
    assertThat(codes.err()).contains(damaged + ": a code is ", "weights of 5 bits have 0 to 31");
    tensors.computeIfPresent(damaged + ".W_q", (_, packed) -> packed.bitwiseAnd(31));
    tensors.put("transformer.h.1.attn.c_attn.scale", Tensor.ones(1));
    Files.delete(file);
    Checkpoint.write(file, tensors);
    var shape = Session.of("generate", PROMPT, "--model", out.toString());
    assertThat(shape.err()).contains("transformer.h.1.attn.c_attn: the scale of");
    Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 5000));
    var cut = Session.of("generate", PROMPT, "--model", out.toString());
    assertThat(cut.err()).contains("model.safetensors");
    assertThat(List.of(codes.exitCode(), shape.exitCode(), cut.exitCode())).containsOnly(1);
  }

  @Test
  void weights_that_are_no_numbers_are_refused_by_layer() throws IOException {
    var lm = LanguageModel.shipped();
    lm.loadWeights();
    Tensor weight = lm.network().tensor("transformer.h.2.mlp.c_proj.weight");
    Grad.off(() -> weight.select(0, 0).select(0, 1).fill_(Double.NaN));
    Path bad = folder.resolve("bad");
    lm.save(bad, DType.FLOAT32);
    Path out = folder.resolve("out");
    String[] model = {"--bits", "4", "--model", bad.toString(), "--out", out.toString()};
    var session = Session.of(concat(new String[] {"quantize", "--group-size", "32"}, model));
    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err())
        .contains(
            "transformer.h.2.mlp.c_proj: 1 of the 4096 numbers of a weight [32, 128] are NaN");
    assertThat(out).doesNotExist();
  }

  private static String[] concat(String[] first, String[] second) {
    return Stream.of(first, second).flatMap(Arrays::stream).toArray(String[]::new);
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
