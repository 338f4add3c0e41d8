package dev.microtome.dynamic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Gru;
import dev.microtome.nn.GruCell;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.LstmCell;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.RnnCell;
import dev.microtome.nn.RnnSettings;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class DynamicQuantizationTest {
  private static Sequential net() {
    Torch.manualSeed(0);
    return Sequential.named()
        .add("embed", new Embedding(5, 6))
        .add(
            "enc",
            Sequential.named()
                .add("0", new Linear(6, 6))
                .add("1", new ReLU())
                .add("2", new Linear(6, 4))
                .build())
        .add("dec", new Linear(4, 3))
        .build();
  }

  private static long quantized(Sequential net) {
    return net.namedLayers().values().stream().filter(DynamicLinear.class::isInstance).count();
  }

  @Test
  void the_original_stays_and_the_copy_computes_nearly_the_same() {
    Sequential net = net();
    Sequential small = DynamicQuantization.of(net, DType.QINT8);
    assertThat(quantized(net)).isZero();
    assertThat(quantized(small)).isEqualTo(3);
    Tensor ids = Tensor.of(0L, 3L, 4L);
    Tensor wanted = Grad.off(() -> net.apply(ids));
    Tensor got = Grad.off(() -> small.apply(ids));
    assertThat(got.sub(wanted).abs().max().item()).isBetween(1e-7, 0.05);
    assertThat(small.copy().toString()).isEqualTo(small.toString());
  }

  @Test
  void a_path_beats_a_rule_a_rule_beats_a_type_and_null_switches_off() {
    var spec =
        DynamicSpec.none()
            .with(Linear.class, DynamicConfig.QINT8)
            .with((path, _) -> path.startsWith("enc."), null)
            .with("enc.2", DynamicConfig.QINT8_PER_CHANNEL);
    var result = DynamicQuantization.apply(net(), spec);
    assertThat(result.network().layer("enc.0")).isInstanceOf(Linear.class);
    assertThat(result.network().layer("enc.2").toString()).contains("per_channel_affine");
    assertThat(result.network().layer("dec").toString()).contains("per_tensor_affine");
    assertThat(result.leftFloat()).extracting(Outcome::path).containsExactly("embed", "enc.0");
    assertThat(result.report()).contains("was not named");
  }

  @Test
  void a_container_passes_its_config_on() {
    Sequential small = DynamicQuantization.of(net(), Set.of("enc"), DType.QINT8);
    assertThat(quantized(small)).isEqualTo(2);
    assertThat(small.layer("dec")).isInstanceOf(Linear.class);
  }

  @Test
  void what_can_not_be_quantized_is_refused_by_name() {
    assertThatThrownBy(() -> DynamicQuantization.of(net(), Set.of(Embedding.class), DType.QINT8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'embed'", "float_qparams_weight_only_qconfig");
    Sequential broken = net();
    Grad.off(() -> broken.tensor("dec.weight").select(0, 0).fill_(Double.NaN));
    assertThatThrownBy(() -> DynamicQuantization.of(broken, DType.QINT8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("'dec'", "NaN");
    assertThatThrownBy(() -> DynamicQuantization.of(new Linear(3, 4), DType.QINT8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the model is a Linear itself");
    assertThatThrownBy(() -> DynamicQuantization.of(net(), DType.INT8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("torch.int8");
  }

  @Test
  void a_projecting_lstm_stays_float_and_says_why() {
    var lstm = new Lstm(6, 4, RnnSettings.DEFAULT.withProjection(2));
    var result = DynamicQuantization.apply(new Holder(lstm), DynamicSpec.of(DType.QINT8));
    assertThat(result.leftFloat())
        .singleElement()
        .satisfies(left -> assertThat(left.reason()).contains("projects its outputs"));
  }

  @Test
  void a_layer_that_sits_in_two_places_is_quantized_in_both() {
    var shared = new Linear(3, 3);
    var net = new Sequential(shared, new ReLU(), shared);
    Sequential small = DynamicQuantization.of(net, DType.QINT8);
    assertThat(small.layer("0")).isInstanceOf(DynamicLinear.class).isSameAs(small.layer("2"));
  }

  @Test
  void gpt2s_linear_layer_is_quantized_too() {
    var conv = new Conv1D(4, 6);
    Tensor x = Tensor.randn(3, 6);
    var small = DynamicQuantization.of(new Sequential(conv), Set.of(Conv1D.class), DType.QINT8);
    Tensor apart = Grad.off(() -> small.apply(x).sub(conv.apply(x)));
    assertThat(apart.abs().max().item()).isLessThan(0.01);
  }

  @Test
  void input_that_kernels_would_misread_is_refused() {
    for (var engine : QuantizedEngine.values()) {
      var layer = DynamicLinear.of(new Linear(8, 4), DynamicConfig.QINT8, engine);
      assertThatThrownBy(() -> layer.apply(Tensor.randn(2, 4)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("in_features 8");
      assertThatThrownBy(() -> layer.apply(Tensor.randn(8)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> layer.apply(Tensor.randn(2, 8).to(DType.FLOAT64)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("float64");
      Tensor nan = Tensor.randn(2, 8);
      nan.select(0, 1).fill_(Double.NaN);
      assertThatThrownBy(() -> layer.apply(nan))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("NaN");
    }
    var lstm = DynamicLstm.of(new Lstm(3, 4), DynamicConfig.QINT8, QuantizedEngine.X86);
    assertThatThrownBy(() -> lstm.apply(new Lstm.Input(Tensor.randn(5, 3), null)))
        .hasMessageContaining("input must have 3 dimensions, got 2");
    assertThatThrownBy(() -> lstm.apply(new Lstm.Input(Tensor.randn(5, 1, 4), null)))
        .hasMessageContaining("Expected 3, got 4");
    var state = new Lstm.State(Tensor.zeros(1, 2, 4), Tensor.zeros(1, 2, 4));
    assertThatThrownBy(() -> lstm.apply(new Lstm.Input(Tensor.randn(5, 1, 3), state)))
        .hasMessageContaining("Expected hidden[0] size (1, 1, 4), got [1, 2, 4]");
  }

  @Test
  void no_recurrent_layer_hides_numbers_that_are_none() {
    Tensor x = Tensor.randn(2, 3);
    Tensor nan = Tensor.of(0f, Float.NaN, 0f, 0f, 0f, 0f).view(2, 3);
    Tensor endless = Tensor.of(0f, 0f, 0f, Float.POSITIVE_INFINITY, 0f, 0f, 0f, 0f).view(2, 4);
    Tensor zeros = Tensor.zeros(2, 4);
    for (var kind : kinds(DynamicConfig.QINT8, QuantizedEngine.X86)) {
      assertThatCode(() -> kind.accept(x, zeros)).doesNotThrowAnyException();
      refused(() -> kind.accept(nan, zeros), "NaN");
      refused(() -> kind.accept(x, endless), "infinity");
      refused(() -> kind.accept(Tensor.randn(2, 4), zeros), "4");
      refused(() -> kind.accept(x, Tensor.zeros(2, 5)), "5");
      refused(() -> kind.accept(x.to(DType.FLOAT64), zeros), "float64");
    }
    var linear = WeightOnlyLinear.of(new Linear(3, 4));
    assertThat(linear.apply(nan).get(0).toDoubles()).containsOnly(Double.NaN);
  }

  private static void refused(ThrowingCallable call, String part) {
    assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(part);
  }

  /// All recurrent layers of 3 inputs and 4 hidden numbers: called with rows and their states.
  private static List<BiConsumer<Tensor, Tensor>> kinds(DynamicConfig config, QuantizedEngine on) {
    var lstm = DynamicLstm.of(new Lstm(3, 4), config, on);
    var own = DynamicLstm.of(new Lstm(3, 4), config);
    var gru = DynamicGru.of(new Gru(3, 4), config, on);
    var lstmCell = DynamicLstmCell.of(new LstmCell(3, 4), config, on);
    var gruCell = DynamicGruCell.of(new GruCell(3, 4), config, on);
    var rnnCell = DynamicRnnCell.of(new RnnCell(3, 4), config, on);
    return List.of(
        (x, h) -> lstm.apply(new Lstm.Input(x.unsqueeze(0), state(h.unsqueeze(0)))),
        (x, h) -> own.apply(new Lstm.Input(x.unsqueeze(0), state(h.unsqueeze(0)))),
        (x, h) -> gru.apply(new Gru.Input(x.unsqueeze(0), h.unsqueeze(0))),
        (x, h) -> lstmCell.apply(new LstmCell.Input(x, state(h))),
        (x, h) -> gruCell.apply(new GruCell.Input(x, h)),
        (x, h) -> rnnCell.apply(new RnnCell.Input(x, h)));
  }

  private static Lstm.State state(Tensor h) {
    return new Lstm.State(Tensor.zeros(h.shape()), h);
  }

  @Test
  void rows_outside_a_quantized_table_are_refused() {
    var table = QuantizedEmbedding.of(new Embedding(5, 6), DynamicConfig.QUINT8);
    assertThatThrownBy(() -> table.apply(Tensor.of(5L)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rows 0 to 4");
    assertThat(table.apply(Tensor.of(0L, 4L).reshape(1, 2)).shape().dims())
        .containsExactly(1, 2, 6);
  }
}
