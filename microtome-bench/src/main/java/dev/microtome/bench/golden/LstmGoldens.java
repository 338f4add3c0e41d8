package dev.microtome.bench.golden;

import dev.microtome.dynamic.DynamicQuantization;
import dev.microtome.dynamic.DynamicSpec;
import dev.microtome.dynamic.QuantizedCheckpoint;
import dev.microtome.models.lstm.Batches;
import dev.microtome.models.lstm.Evaluation;
import dev.microtome.models.lstm.LmFolder;
import dev.microtome.models.lstm.LstmConfig;
import dev.microtome.models.lstm.LstmModel;
import dev.microtome.nn.Checkpoint;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Replays word language models: `lstm_model.json` with its checkpoints, and folders of type
/// `lstm_lm`.
final class LstmGoldens {
  private static final Set<?> LAYERS = Set.of(Lstm.class, Linear.class);
  private static final JsonMapper JSON = new JsonMapper();

  private LstmGoldens() {}

  /// The recorded model of the quantization walkthrough: printouts, losses, logits and files.
  static void walkthrough(Path folder, JsonNode golden, Comparison found) {
    JsonNode sizes = golden.path("config");
    var config =
        new LstmConfig(
            sizes.path("ntoken").asLong(),
            sizes.path("ninp").asLong(),
            sizes.path("nhid").asLong(),
            sizes.path("nlayers").asInt());
    LstmModel model = LmFolder.load(config, folder.resolve("lstm_float.pth"));
    found.equal("printed", golden.path("print_float").asString(), model.toString());
    losses("float", golden, golden.path("float"), model, found);
    file(folder, "lstm_float.pth", file -> Checkpoint.writeTorch(file, model), found);
    for (var engine : QuantizedEngine.values()) {
      var spec = DynamicSpec.of(LAYERS, DType.QINT8).on(engine);
      LstmModel quantized = DynamicQuantization.apply(model, spec).network();
      String like = engine == QuantizedEngine.QNNPACK ? "qnnpack" : "onednn";
      losses(engine + "", golden, golden.path(like), quantized, found);
      found.equal(
          engine + " printed", golden.path("print_quantized").asString(), quantized.toString());
      file(
          folder,
          "lstm_quantized.pth",
          file -> QuantizedCheckpoint.writeTorch(file, quantized),
          found);
    }
    LstmModel fastest = DynamicQuantization.of(model, LAYERS, DType.QINT8);
    losses("fastest", golden, golden.path("onednn"), fastest, found);
    LstmModel loaded = LmFolder.load(config, folder.resolve("lstm_quantized.pth"));
    losses("loaded", golden, golden.path("onednn"), loaded, found);
  }

  private static void losses(
      String what, JsonNode golden, JsonNode wanted, LstmModel model, Comparison found) {
    Tensor tokens = Tensor.of(ModelCase.longs(golden.path("tokens")));
    long length = golden.path("bptt").asLong();
    var text = Batches.of(tokens, 1);
    found.close(
        what + " loss", wanted.path("loss").asDouble(), Evaluation.loss(model, text, length));
    Tensor logits =
        model.apply(new LstmModel.Input(text.at(0, length).words(), model.start(1))).logits();
    row(what + " first", wanted.path("logits_first_chunk_row0"), logits.get(0, 0), found);
    row(what + " last", wanted.path("logits_first_chunk_last"), logits.get(-1, 0), found);
  }

  private static void row(String what, JsonNode wanted, Tensor got, Comparison found) {
    double[] numbers = new double[wanted.size()];
    for (int i = 0; i < numbers.length; i++) numbers[i] = wanted.get(i).doubleValue();
    found.close(what + " logits", Tensor.of(numbers), got);
  }

  private interface Writer {
    void writeTo(Path file);
  }

  private static void file(Path folder, String name, Writer writer, Comparison found) {
    if (!Files.exists(folder.resolve(name))) {
      return;
    }
    try {
      Path scratch = Files.createTempDirectory("lstm");
      Path written = scratch.resolve(name);
      try {
        writer.writeTo(written);
        found.equal(name + " bytes", -1L, Files.mismatch(folder.resolve(name), written));
      } finally {
        Files.deleteIfExists(written);
        Files.delete(scratch);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A folder with a model of type `lstm_lm`: outputs, loss, gradients and a greedy continuation.
  static FileResult folder(String name, Path folder) {
    JsonNode expected = JSON.readTree(Golden.textOf(folder.resolve("expected.json")));
    var found = new Comparison(expected.path("suggested_tolerance").asString(""));
    found.attempt(
        "the model",
        () -> {
          LstmModel model =
              LmFolder.load(new LmFolder(folder).config(), folder.resolve("model.safetensors"));
          try (var tensors = Safetensors.open(folder.resolve("expected.safetensors"))) {
            outputs(model, tensors, found);
          }
          greedy(model, expected.path("generate").path("greedy"), found);
        });
    return found.result(name);
  }

  private static void outputs(LstmModel model, Safetensors tensors, Comparison found) {
    Tensor ids = tensors.tensor("input_ids"); // (batch, length); the model wants (length, batch)
    var words = ids.t().contiguous();
    Lstm.Output rnn =
        model.rnn.apply(new Lstm.Input(model.encoder.apply(words), model.start(ids.size(0))));
    found.close("rnn_out", tensors.tensor("rnn_out"), rnn.x().transpose(0, 1));
    found.close("h_n", tensors.tensor("h_n"), rnn.state().h());
    found.close("c_n", tensors.tensor("c_n"), rnn.state().c());
    Tensor logits = model.apply(new LstmModel.Input(words, null)).logits().transpose(0, 1);
    found.close("logits", tensors.tensor("logits"), logits);
    long length = ids.size(1);
    Tensor loss =
        logits
            .narrow(1, 0, length - 1)
            .reshape(-1, logits.size(2))
            .crossEntropy(ids.narrow(1, 1, length - 1).reshape(-1));
    found.close("loss", tensors.tensor("loss"), loss);
    loss.backward();
    for (String name : tensors.names()) {
      if (name.startsWith("grad.")) {
        Tensor gradient = model.tensor(name.substring("grad.".length())).grad();
        found.equal(name + " is there", true, gradient != null);
        if (gradient != null) {
          found.close(name, tensors.tensor(name), gradient);
        }
      }
    }
  }

  private static void greedy(LstmModel model, JsonNode golden, Comparison found) {
    List<long[]> prompts = ModelCase.rows(golden.path("prompt"));
    List<long[]> wanted = ModelCase.rows(golden.path("sequences"));
    for (int row = 0; row < prompts.size(); row++) {
      var words = new ArrayList<Long>(LongStream.of(prompts.get(row)).boxed().toList());
      Tensor input = Tensor.of(prompts.get(row)).reshape(-1, 1);
      Lstm.State state = null;
      for (int i = 0; i < golden.path("max_new_tokens").asInt(); i++) {
        var out = model.apply(new LstmModel.Input(input, state));
        long next = out.logits().get(-1, 0).argmax().itemLong();
        words.add(next);
        input = Tensor.of(next).reshape(1, 1);
        state = out.state();
      }
      long[] got = words.stream().mapToLong(Long::longValue).toArray();
      found.equal("greedy " + row, Arrays.toString(wanted.get(row)), Arrays.toString(got));
    }
  }
}
