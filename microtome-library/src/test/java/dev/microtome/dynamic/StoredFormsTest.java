package dev.microtome.dynamic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Embedding;
import dev.microtome.nn.EmbeddingBag;
import dev.microtome.nn.Gru;
import dev.microtome.nn.GruCell;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.LstmCell;
import dev.microtome.nn.RnnCell;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.file.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Every kind of quantized layer, from PyTorch's form and from plain tensors.
class StoredFormsTest {
  @TempDir Path dir;

  /// One layer of every kind, of odd widths; gives the outputs of all.
  private static final class All extends Layer<Tensor, List<Tensor>> {
    private final Slot<Tensor, Tensor> linear = slot("linear", new Linear(7, 5));
    private final Slot<Lstm.Input, Lstm.Output> lstm = slot("lstm", new Lstm(7, 9));
    private final Slot<Gru.Input, Gru.Output> gru = slot("gru", new Gru(7, 5));
    private final Slot<LstmCell.Input, Lstm.State> lstmCell = slot("lc", new LstmCell(7, 5));
    private final Slot<GruCell.Input, Tensor> gruCell = slot("gc", new GruCell(7, 5));
    private final Slot<RnnCell.Input, Tensor> rnnCell = slot("rc", new RnnCell(7, 5, true, true));
    private final Slot<Tensor, Tensor> table = slot("table", new Embedding(6, 8));
    private final Slot<EmbeddingBag.Input, Tensor> bag =
        slot("bag", new EmbeddingBag(6, 8, EmbeddingBag.Mode.MEAN));

    @Override
    protected List<Tensor> forward(Tensor x) {
      Tensor sequence = x.unsqueeze(0);
      Tensor ids = Tensor.of(1L, 5L, 0L);
      return List.of(
          linear.apply(x),
          lstm.apply(new Lstm.Input(sequence, null)).x(),
          gru.apply(new Gru.Input(sequence, null)).x(),
          lstmCell.apply(new LstmCell.Input(x, null)).h(),
          gruCell.apply(new GruCell.Input(x, null)),
          rnnCell.apply(new RnnCell.Input(x, null)),
          table.apply(ids),
          bag.apply(new EmbeddingBag.Input(ids, Tensor.of(0L, 2L))));
    }

    @Override
    protected All twin() {
      return new All();
    }
  }

  private static final Tensor X = Tensor.randn(3, 7);

  private static List<double[]> outputs(All network) {
    return Grad.off(() -> network.apply(X).stream().map(Tensor::toDoubles).toList());
  }

  private static All quantized(DynamicConfig config, DType rows) {
    Torch.manualSeed(2);
    var spec =
        DynamicSpec.of(DType.QINT8)
            .with(Linear.class, config)
            .with(Lstm.class, config)
            .with(Gru.class, config)
            .with(Embedding.class, DynamicConfig.of(rows))
            .with(EmbeddingBag.class, DynamicConfig.of(rows));
    var result = DynamicQuantization.apply(new All(), spec);
    assertThat(result.leftFloat()).isEmpty();
    return result.network();
  }

  private static void same(All loaded, All quantized) {
    assertThat(loaded.toString()).isEqualTo(quantized.toString());
    List<double[]> wanted = outputs(quantized);
    List<double[]> got = outputs(loaded);
    for (int i = 0; i < wanted.size(); i++) {
      assertThat(got.get(i)).as("output " + i).isEqualTo(wanted.get(i));
    }
  }

  @Test
  void pytorchs_form_brings_every_kind_of_layer_back() {
    for (var config : List.of(DynamicConfig.QINT8, DynamicConfig.FLOAT16, DynamicConfig.QINT4)) {
      All quantized = quantized(config, DType.QUINT8);
      Path file = dir.resolve("all.pth");
      QuantizedCheckpoint.writeTorch(file, quantized);
      same(QuantizedCheckpoint.loadTorch(file, new All()), quantized);
    }
  }

  @Test
  void plain_tensors_bring_every_kind_of_layer_back() {
    for (var config :
        List.of(
            DynamicConfig.QINT8,
            DynamicConfig.QINT8_PER_CHANNEL,
            DynamicConfig.FLOAT16,
            DynamicConfig.QINT4)) {
      All quantized = quantized(config, DType.QUINT4X2);
      Path file = dir.resolve("all.safetensors");
      PlainState.write(file, quantized);
      same(PlainState.load(file, new All()), quantized);
    }
  }

  @Test
  void four_bits_lie_two_a_byte_and_are_near_the_weights() throws Exception {
    var net = new Holder(new Lstm(64, 64));
    var four =
        DynamicQuantization.apply(net, DynamicSpec.none().with(Lstm.class, DynamicConfig.QINT4));
    Path file = dir.resolve("four.safetensors");
    PlainState.write(file, four.network());
    long codes = 2 * 4 * 64 * 64 / 2;
    long rest = 2 * 4 * 64 * (4 + 4); // scales, biases
    assertThat(Files.size(file)).isBetween(codes + rest, codes + rest + 2048);
    assertThat(four.bytesAfter()).isEqualTo(codes + rest);
    assertThat(four.report()).contains("4 bits per row");
    Tensor weight = net.tensor("rnn.weight_ih_l0").detach();
    var lstm = (DynamicLstm) four.network().layer("rnn");
    Tensor numbers = Objects.requireNonNull(lstm.quantizedWeights().get("weight_ih_l0"));
    Tensor got = Ops.tensor("aten::dequantize", numbers);
    double lost = got.sub(weight).norm().item() / weight.norm().item();
    assertThat(lost).isBetween(0.03, 0.08); // of even numbers 1 / 15 of the range a step
  }

  @Test
  void rows_that_end_within_a_byte_stay_float_and_say_why() {
    var config = DynamicConfig.QUINT4X2;
    var net = new Sequential(new Embedding(6, 7));
    var result = DynamicQuantization.apply(net, DynamicSpec.none().with(Embedding.class, config));
    assertThat(result.leftFloat()).extracting(Outcome::reason).first().asString().contains("even");
    assertThatThrownBy(() -> QuantizedEmbedding.of(new Embedding(6, 7), config))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("even number of them, not 7");
  }

  @Test
  void a_plain_file_that_lies_about_its_columns_is_refused() {
    All quantized = quantized(DynamicConfig.QINT4, DType.QUINT8);
    Path file = dir.resolve("all.safetensors");
    PlainState.write(file, quantized);
    try (var opened = Safetensors.open(file)) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : opened.names()) tensors.put(name, opened.tensor(name).copy());
      for (String lie : List.of("9", "-1", "", "999999999999")) {
        var metadata = new LinkedHashMap<>(opened.metadata());
        metadata.put("columns.linear.weight", lie);
        Path lying = dir.resolve("lying.safetensors");
        Safetensors.write(lying, tensors, metadata);
        assertThatThrownBy(() -> PlainState.load(lying, new All()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContainingAll("linear.weight", "columns of 4 bits");
      }
    }
  }

  @Test
  void a_cell_of_another_size_is_refused() {
    var stored =
        new StoredQuantized(
            QuantizedCheckpoint.state(quantized(DynamicConfig.QINT8, DType.QUINT8)),
            Map.of(),
            new EngineChoice(null));
    assertThatThrownBy(() -> stored.layer("lc", new LstmCell(3, 4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'lc'", "the network needs (16, 3)");
    assertThatThrownBy(() -> stored.layer("lc", new GruCell(7, 5)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> stored.layer("lc", new Linear(7, 5)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("recurrent cell");
  }
}
