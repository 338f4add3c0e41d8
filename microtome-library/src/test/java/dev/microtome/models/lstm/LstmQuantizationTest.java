package dev.microtome.models.lstm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.dynamic.DynamicConfig;
import dev.microtome.dynamic.DynamicQuantization;
import dev.microtome.dynamic.DynamicSpec;
import dev.microtome.dynamic.PlainState;
import dev.microtome.dynamic.QuantizedCheckpoint;
import dev.microtome.nn.Checkpoint;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Model;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The tutorial's walkthrough on a small model recorded from PyTorch 1.13: printouts, losses and
/// files.
class LstmQuantizationTest {
  private static final JsonNode GOLDEN = golden();
  private static final Set<?> LAYERS = Set.of(Lstm.class, Linear.class);

  @TempDir Path dir;

  private static JsonNode golden() {
    try {
      return new JsonMapper().readTree(Files.readString(resource("dynquant/lstm_model.json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path resource(String name) {
    try {
      var found = LstmQuantizationTest.class.getResource("/" + name);
      return Path.of(Objects.requireNonNull(found, name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static LstmModel model() {
    JsonNode config = GOLDEN.path("config");
    var model =
        new LstmModel(
            new LstmConfig(
                config.path("ntoken").asInt(),
                config.path("ninp").asInt(),
                config.path("nhid").asInt(),
                config.path("nlayers").asInt()));
    model.load(Checkpoint.read(resource("formats/pickle/lstm_float.pth")));
    return model;
  }

  private static double loss(LstmModel model) {
    long[] tokens = new long[GOLDEN.path("tokens").size()];
    for (int i = 0; i < tokens.length; i++) tokens[i] = GOLDEN.path("tokens").get(i).asLong();
    return Evaluation.loss(model, Batches.of(Tensor.of(tokens), 1), 25);
  }

  @Test
  void a_checkpoint_of_pytorchs_gives_its_loss_and_printout() {
    LstmModel model = model();
    assertThat(model.toString()).isEqualTo(GOLDEN.path("print_float").asString());
    assertThat(loss(model)).isCloseTo(GOLDEN.path("float").path("loss").asDouble(), within(1e-5));
  }

  @ParameterizedTest
  @EnumSource(QuantizedEngine.class)
  void quantized_it_has_pytorchs_loss_on_every_engine(QuantizedEngine engine) {
    var spec = DynamicSpec.of(LAYERS, DType.QINT8).on(engine);
    LstmModel quantized = DynamicQuantization.apply(model(), spec).network();
    assertThat(quantized.toString()).isEqualTo(GOLDEN.path("print_quantized").asString());
    String like = engine == QuantizedEngine.QNNPACK ? "qnnpack" : "onednn";
    assertThat(loss(quantized)).isCloseTo(GOLDEN.path(like).path("loss").asDouble(), within(1e-5));
  }

  @Test
  void files_are_pytorchs_byte_for_byte() throws IOException {
    LstmModel model = model();
    Path floats = dir.resolve("lstm_float.pth");
    Checkpoint.writeTorch(floats, model);
    assertThat(floats).hasSameBinaryContentAs(resource("formats/pickle/lstm_float.pth"));

    Path whole = dir.resolve("lstm_quantized.pth");
    QuantizedCheckpoint.writeTorch(whole, DynamicQuantization.of(model, LAYERS, DType.QINT8));
    assertThat(whole).hasSameBinaryContentAs(resource("formats/pickle/lstm_quantized.pth"));

    Path rows = dir.resolve("lstm_quantized_per_channel.pth");
    var spec =
        DynamicSpec.none()
            .with(Lstm.class, DynamicConfig.QINT8_PER_CHANNEL)
            .with(Linear.class, DynamicConfig.QINT8_PER_CHANNEL);
    QuantizedCheckpoint.writeTorch(rows, DynamicQuantization.apply(model, spec).network());
    assertThat(rows)
        .hasSameBinaryContentAs(resource("formats/pickle/lstm_quantized_per_channel.pth"));
  }

  @Test
  void a_quantized_checkpoint_of_pytorchs_is_loaded_without_quantizing_first() {
    var fresh = new LstmModel(model().config());
    Path file = resource("formats/pickle/lstm_quantized.pth");
    LstmModel loaded = QuantizedCheckpoint.loadTorch(file, fresh);
    assertThat(loaded.toString()).isEqualTo(GOLDEN.path("print_quantized").asString());
    assertThat(loss(loaded)).isCloseTo(GOLDEN.path("onednn").path("loss").asDouble(), within(1e-5));
  }

  @Test
  void a_quantized_checkpoint_for_another_network_is_refused() {
    Path file = resource("formats/pickle/lstm_quantized.pth");
    var wider = new LstmModel(new LstmConfig(29, 16, 16, 2));
    assertThatThrownBy(() -> QuantizedCheckpoint.loadTorch(file, wider))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rnn");
    var shallow = new LstmModel(new LstmConfig(29, 16, 12, 1));
    assertThatThrownBy(() -> QuantizedCheckpoint.loadTorch(file, shallow))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more cells");
  }

  @Test
  void half_precision_and_embeddings_come_back_from_files_too() {
    LstmModel model = model();
    var spec = DynamicSpec.of(DType.FLOAT16).with(Embedding.class, DynamicConfig.QUINT4X2);
    LstmModel quantized = DynamicQuantization.apply(model, spec).network();
    Path file = dir.resolve("half.pth");
    QuantizedCheckpoint.writeTorch(file, quantized);
    LstmModel loaded = QuantizedCheckpoint.loadTorch(file, new LstmModel(model.config()));
    assertThat(loss(loaded)).isEqualTo(loss(quantized));
    assertThat(loss(quantized)).isCloseTo(loss(model), within(0.02));
  }

  @Test
  void a_trace_looks_inside_a_quantized_model() {
    var spec = DynamicSpec.of(LAYERS, DType.QINT8).with(Embedding.class, DynamicConfig.QUINT8);
    LstmModel quantized = DynamicQuantization.apply(model(), spec).network();
    var input = new LstmModel.Input(Tensor.of(1L, 2L, 3L).reshape(3, 1), null);
    record Seen(Tensor vectors, Tensor logits) {}
    Seen seen =
        Model.of(quantized)
            .trace(
                input,
                t -> {
                  Tensor vectors = t.at(quantized.encoder).output();
                  return new Seen(vectors, t.at(quantized.decoder).output());
                });
    assertThat(seen.vectors().shape().dims()).containsExactly(3, 1, 16);
    assertThat(seen.logits().toDoubles()).isEqualTo(quantized.apply(input).logits().toDoubles());
  }

  @Test
  void plain_tensors_bring_the_same_network_back() {
    LstmModel model = model();
    for (DynamicConfig table : List.of(DynamicConfig.QUINT8, DynamicConfig.QUINT4X2)) {
      var spec =
          DynamicSpec.of(LAYERS, DType.QINT8)
              .with("decoder", DynamicConfig.QINT8_PER_CHANNEL)
              .with(Embedding.class, table);
      LstmModel quantized = DynamicQuantization.apply(model, spec).network();
      Path file = dir.resolve(table.dtype().label() + ".safetensors");
      PlainState.write(file, quantized);
      LstmModel loaded = PlainState.load(file, new LstmModel(model.config()));
      assertThat(loaded.toString()).isEqualTo(quantized.toString());
      assertThat(loss(loaded)).isEqualTo(loss(quantized));
    }
  }

  @Test
  void the_tutorials_sizes_come_out_to_the_byte() throws IOException {
    var model = new LstmModel(new LstmConfig(33278, 512, 256, 5));
    Path file = dir.resolve("temp.p");
    Checkpoint.writeTorch(file, model);
    assertThat(Files.size(file)).isEqualTo(113_943_637);
    var spec = DynamicSpec.of(LAYERS, DType.QINT8).on(QuantizedEngine.X86);
    QuantizedCheckpoint.writeTorch(file, DynamicQuantization.inPlace(model, spec).network());
    assertThat(Files.size(file)).isEqualTo(79_738_057);
  }
}
