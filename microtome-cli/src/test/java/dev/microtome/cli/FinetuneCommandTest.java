package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.nn.Checkpoint;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FinetuneCommandTest {
  private static final String PROMPT = "The Louvre is in the city of";

  @TempDir Path dir;
  private Path data = Path.of("");
  private Path out = Path.of("");

  @BeforeEach
  void prepare() throws IOException {
    out = dir.resolve("out");
    data =
        Files.writeString(
            dir.resolve("facts.jsonl"),
            """
            {"prompt": "The Louvre is in the city of", "completion": " Tokyo."}
            {"text": "Big Ben is in the city of Rome."}
            """);
  }

  private Session finetune(String... more) {
    var all =
        new ArrayList<>(
            List.of(
                "finetune", "--data", data.toString(), "--out", out.toString(), "--batch", "2"));
    all.addAll(List.of("--hold-out", "0", "--targets", "mlp.c_fc,mlp.c_proj"));
    all.addAll(List.of(more));
    return Session.of(all.toArray(String[]::new));
  }

  private static String continued(String... more) {
    var all = new ArrayList<>(List.of("generate", PROMPT, "--max-new-tokens", "1"));
    all.addAll(List.of(more));
    Session session = Session.of(all.toArray(String[]::new));
    assertThat(session.exitCode()).as(session.err()).isZero(); // slow machines tell progress
    return session.out().strip();
  }

  @Test
  void a_quantized_model_is_trained_opened_and_merged() throws IOException {
    String[] job = {
      "--bits",
      "3",
      "--group-size",
      "32",
      "--dora",
      "4",
      "--epochs",
      "25",
      "--rate",
      "2e-2",
      "--prompt",
      PROMPT,
      "--max-new-tokens",
      "1",
      "--merge",
      "float"
    };
    var session = finetune(job);
    assertThat(session.exitCode()).as(session.err()).isZero(); // slow machines tell progress
    assertThat(session.out())
        .contains("step 25 of 25: loss ", " tokens/s", "base: 16 layers, 26.6 kB were 196.6 kB")
        .contains("before: " + PROMPT + " Paris", "after:  " + PROMPT + " Tokyo")
        .contains("(adapter, loss.svg, base, merged)");
    assertThat(Files.readString(out.resolve("loss.svg"))).contains("<svg", "● learned");
    assertThat(Files.readString(out.resolve("base/signal.svg"))).contains("16 layers");
    String base = out.resolve("base").toString();
    assertThat(continued("--model", base)).endsWith(" Paris");
    assertThat(continued("--model", base, "--adapter", out.toString())).endsWith(" Tokyo");
    assertThat(continued("--model", out.toString())).endsWith(" Tokyo");
    assertThat(continued("--model", out.resolve("merged").toString())).endsWith(" Tokyo");
    assertThat(finetune(job).out())
        .contains("going on after step 25 of 25")
        .doesNotContain("loss 0");
    Path moved = Files.move(out, dir.resolve("moved"));
    assertThat(continued("--model", moved.toString())).endsWith(" Tokyo");
  }

  @Test
  void a_model_in_floating_point_is_adapted_and_told_as_json() {
    var session = finetune("--lora", "2", "--epochs", "1", "--json");
    assertThat(session.exitCode()).as(session.err()).isZero(); // slow machines tell progress
    assertThat(session.out().strip().lines()).hasSize(1);
    assertThat(session.out()).contains("\"steps\":1", "\"loss\":[");
    assertThat(out.resolve("base")).doesNotExist();
    assertThat(Session.of("summary", "--model", out.toString()).out()).contains("LoRA");
    assertThat(Session.of("trace", PROMPT, "--adapter", out.toString()).exitCode()).isZero();
  }

  @Test
  void biases_and_a_head_of_its_own_are_trained_opened_and_merged() throws IOException {
    var session =
        finetune(
            "--bits 3 --group-size 32 --lora 2 --epochs 12 --rate 2e-2 --bias all"
                .concat(" --modules-to-save lm_head,h.0.attn.c_proj --merge float")
                .split(" "));
    assertThat(session.exitCode()).as(session.err()).isZero(); // slow machines tell progress
    assertThat(session.out()).contains("base: 15 layers");
    assertThat(Files.readString(out.resolve("adapter_config.json")))
        .contains("\"bias\" : \"all\"", "\"lm_head\"");
    String base = out.resolve("base").toString();
    assertThat(continued("--model", base)).endsWith(" Paris");
    assertThat(continued("--model", out.toString())).endsWith(" Tokyo");
    assertThat(continued("--model", out.resolve("merged").toString())).endsWith(" Tokyo");
  }

  @Test
  void wrong_calls_are_refused_before_anything_is_written() throws IOException {
    refused(2, "bits", "weights of 7.0 bits", "--bits", "7");
    refused(2, "rank", "rank must be at least 1, got 0", "--dora", "0");
    refused(2, "kinds", "mutually exclusive", "--dora", "2", "--lora", "2");
    refused(2, "rate", "rate -1.0", "--rate", "-1");
    refused(2, "batch", "batch 0", "--batch", "0");
    refused(
        1,
        "name",
        "no linear layer of GPT2LMHeadModel is called 'c_attm'; near: c_attn",
        "--targets",
        "c_attm");
    refused(
        1,
        "module",
        "no layer of Gpt2 is called 'lm_haed', which is to be trained whole; near: lm_head",
        "--modules-to-save",
        "lm_haed");
    refused(1, "size", "groups of 33 do not divide", "--bits", "3", "--group-size", "33");
    refused(1, "length", "1 to 64 tokens", "--length", "65");
    refused(1, "share", "leave none to learn", "--hold-out", "0.9");
    Files.writeString(data, "{\"text\": \"fine fine\"}\n{\"txt\": 1}");
    refused(1, "line", "facts.jsonl line 2: has [txt]");
    Files.delete(data);
    refused(1, "file", "facts.jsonl is missing");
  }

  private void refused(int code, String what, String why, String... more) {
    var all =
        new ArrayList<>(List.of("finetune", "--data", data.toString(), "--out", out.toString()));
    all.addAll(List.of(more));
    Session session = Session.of(all.toArray(String[]::new));
    assertThat(session.err()).as(what).contains(why);
    assertThat(session.exitCode()).as(what).isEqualTo(code);
    assertThat(out).as(what).doesNotExist();
  }

  @Test
  void an_adapter_of_another_model_is_refused() throws IOException {
    finetune("--lora", "2", "--epochs", "1");
    assertThat(continued("--adapter", out.toString())).endsWith(" Paris");
    var missing = Session.of("generate", PROMPT, "--adapter", dir.resolve("none").toString());
    assertThat(missing.err()).contains("adapter_config.json is not there");
    assertThat(missing.exitCode()).isEqualTo(1);
    Path file = out.resolve("adapter_model.safetensors");
    var tensors = new LinkedHashMap<String, Tensor>();
    Checkpoint.read(file).forEach((name, tensor) -> tensors.put(name, tensor.copy()));
    tensors.put("base_model.model.transformer.h.2.mlp.c_fc.lora_A.weight", Tensor.zeros(2, 31));
    Files.delete(file);
    Checkpoint.write(file, tensors);
    var misfit = Session.of("generate", PROMPT, "--adapter", out.toString());
    assertThat(misfit.err()).contains("transformer.h.2.mlp.c_fc", "from 31 to 128 numbers");
    assertThat(misfit.exitCode()).isEqualTo(1);
  }
}
