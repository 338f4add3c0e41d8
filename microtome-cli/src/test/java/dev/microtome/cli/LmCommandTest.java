package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LmCommandTest {
  @TempDir Path dir;

  private Path corpus() throws IOException {
    var text = new StringBuilder();
    for (int i = 0; i < 60; i++) {
      text.append(i % 3 == 0 ? "the cat sat on the mat\n" : "a dog ran to the <unk> house\n");
    }
    Path data = Files.createDirectories(dir.resolve("data"));
    for (String name : new String[] {"train.txt", "valid.txt", "test.txt"}) {
      Files.writeString(data.resolve(name), text);
    }
    return data;
  }

  private Session train(Path data, Path out, String... more) {
    String[] start = {
      "lm",
      "train",
      data.toString(),
      "--out",
      out.toString(),
      "--width",
      "8",
      "--hidden",
      "8",
      "--layers",
      "1",
      "--batch",
      "4",
      "--length",
      "5",
      "--rate",
      "5",
      "--interval",
      "3"
    };
    String[] all = Arrays.copyOf(start, start.length + more.length);
    System.arraycopy(more, 0, all, start.length, more.length);
    return Session.of(all);
  }

  @Test
  void a_model_is_trained_evaluated_quantized_and_writes() throws IOException {
    Path data = corpus();
    Path model = dir.resolve("model");
    Session trained = train(data, model, "--epochs", "2");
    assertThat(trained.exitCode()).as(trained.err()).isZero();
    assertThat(trained.out()).contains("end of epoch   2", "End of training");

    Path small = dir.resolve("small");
    Session quantized =
        Session.of(
            "lm", "quantize", model.toString(), "--out", small.toString(), "--embedding", "8");
    assertThat(quantized.exitCode()).as(quantized.err()).isZero();
    assertThat(quantized.out()).contains("DynamicQuantizedLSTM(8, 8", "QuantizedEmbedding(");

    String test = data.resolve("test.txt").toString();
    Session before = Session.of("lm", "evaluate", model.toString(), test);
    Session after = Session.of("lm", "evaluate", small.toString(), test);
    assertThat(before.out()).contains("loss: ");
    assertThat(loss(after)).isBetween(loss(before) - 0.05, loss(before) + 0.05);

    Path four = dir.resolve("four");
    Session nibbles =
        Session.of(
            "lm",
            "quantize",
            model.toString(),
            "--out",
            four.toString(),
            "--bits",
            "4",
            "--embedding",
            "4",
            "--text",
            test);
    assertThat(nibbles.exitCode()).as(nibbles.err()).isZero();
    assertThat(nibbles.out()).contains("4 bits per row", "elapsed time (seconds)");
    assertThat(four.resolve("model.safetensors")).exists();
    assertThat(loss(Session.of("lm", "evaluate", four.toString(), test)))
        .isBetween(loss(before) - 0.2, loss(before) + 0.2);

    String[] write = {"lm", "generate", small.toString(), "--words", "30", "--seed", "7"};
    Session text = Session.of(write);
    assertThat(text.exitCode()).as(text.err()).isZero();
    assertThat(text.out().strip().split("\\s+")).hasSize(30);
    assertThat(Session.of(write).out()).isEqualTo(text.out());
  }

  private static double loss(Session session) {
    return Double.parseDouble(session.out().lines().findFirst().orElseThrow().substring(6));
  }

  @Test
  void bad_input_says_what_to_do() throws IOException {
    Path data = corpus();
    Path none = dir.resolve("none");
    assertThat(Session.of("lm", "evaluate", none.toString(), "x.txt").err())
        .contains("config.json");
    Files.write(data.resolve("train.txt"), new byte[] {'a', '\n', (byte) 0xFF, '\n'});
    assertThat(train(data, none).err()).contains("not UTF-8 in line 2");
    Files.writeString(data.resolve("train.txt"), "");
    assertThat(train(data, none).err()).contains("is empty");
    assertThat(train(dir.resolve("nowhere"), none).err()).contains("train.txt is missing");
    Files.writeString(data.resolve("train.txt"), "a b\n".repeat(20));
    Files.writeString(data.resolve("test.txt"), "\n");
    assertThat(train(data, none).err()).contains("a text of 1 words");
    assertThat(none).doesNotExist(); // told before the training
    assertThat(Session.of("lm").exitCode()).isEqualTo(2);
    String[] bits = {"lm", "quantize", none.toString(), "--out", "x", "--bits", "5"};
    assertThat(Session.of(bits).err()).contains("--bits is 8 or 4");
  }

  @Test
  void a_folder_with_another_training_is_not_written_over() throws IOException {
    Path data = corpus();
    Path model = dir.resolve("model");
    train(data, model, "--epochs", "1");
    Session other = train(data, model, "--epochs", "1", "--dropout", "0.3");
    assertThat(other.exitCode()).isEqualTo(2);
    assertThat(other.err()).contains("another model");
  }
}
