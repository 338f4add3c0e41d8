package dev.microtome.dynamic.choice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.dynamic.DynamicConfig;
import dev.microtome.dynamic.DynamicQuantization;
import dev.microtome.dynamic.DynamicSpec;
import dev.microtome.dynamic.calibrated.StaticQuantization;
import dev.microtome.dynamic.calibrated.StaticSpec;
import dev.microtome.nn.Adam;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SensitivityTest {
  private static final List<Choice> BOTH = List.of(DynamicChoice.INT8, DynamicChoice.WEIGHTS);
  private static Sequential net = new Sequential();
  private static Tensor x = Tensor.zeros(1);
  private static Tensor y = Tensor.zeros(1);

  /// Learns which of four quarters a point lies in; one weight of `wide` is an outlier that costs
  /// the other ones their resolution.
  @BeforeAll
  static void learn() {
    Torch.manualSeed(0);
    x = Tensor.randn(256, 2);
    y = x.select(1, 0).gt(0).logicalXor(x.select(1, 1).gt(0)).to(dev.microtome.tensor.DType.INT64);
    net =
        Sequential.named()
            .add("up", new Linear(2, 32))
            .add("act", new ReLU())
            .add("wide", new Linear(32, 32))
            .add("act2", new ReLU())
            .add("head", new Linear(32, 2))
            .build();
    var optimizer = new Adam(net.parameters(), 1e-2);
    for (int i = 0; i < 60; i++) {
      optimizer.zeroGrad();
      net.apply(x).crossEntropy(y).backward();
      optimizer.step();
    }
    net.eval();
  }

  private static double loss(Sequential network) {
    return network.apply(x).crossEntropy(y).item();
  }

  private static SensitivityReport report() {
    return Sensitivity.of(net, BOTH, SensitivityTest::loss).report();
  }

  @Test
  void each_layer_is_tried_alone_and_the_network_stays_as_it_was() {
    String before = net.toString();
    double loss = Grad.off(() -> loss(net));
    var told = new ArrayList<Integer>();
    var report =
        Sensitivity.of(net, BOTH, SensitivityTest::loss, (done, all) -> told.add(done)).report();
    assertThat(net.toString()).isEqualTo(before);
    assertThat(told).containsExactly(1, 2, 3);
    assertThat(report.loss()).isEqualTo(loss);
    assertThat(report.layers()).extracting(LayerTrials::path).containsExactly("up", "wide", "head");
    for (LayerTrials layer : report.layers()) {
      var config = DynamicSpec.none().with(layer.path(), DynamicConfig.QINT8_PER_CHANNEL);
      Sequential alone = DynamicQuantization.apply(net, config).network();
      Trial trial = layer.trials().getFirst();
      assertThat(trial.choice()).isEqualTo("int8 dynamic");
      assertThat(trial.lossChange()).isCloseTo(Grad.off(() -> loss(alone)) - loss, within(1e-9));
      assertThat(trial.weights().decibels()).isBetween(35.0, 60.0);
      assertThat(trial.outputs().decibels()).isBetween(25.0, 60.0);
    }
  }

  @Test
  void levels_are_those_of_libtorchs_numbers() {
    var wide = (Linear) net.layer("wide");
    Tensor w = wide.weight().detach();
    Tensor back = Grad.off(() -> dev.microtome.dynamic.WeightOnlyLinear.of(wide).weight());
    double expected = 10 * Math.log10(w.square().sum().item() / w.sub(back).square().sum().item());
    assertThat(report().layers().get(1).trials().get(1).weights().decibels())
        .isCloseTo(expected, within(1e-3));
    assertThat(new Noise(4, 0).decibels()).isInfinite();
    assertThat(Noise.NONE.decibels()).isNaN();
  }

  @Test
  void reports_are_a_table_and_json() {
    var report = report();
    assertThat(report.table().lines()).hasSize(8);
    assertThat(report.table()).contains("int8 weights", "loss as it is");
    assertThat(report.json()).contains("\"weights_sqnr_db\":", "\"path\":\"wide\"");
    assertThat(report.worst()).isNotNegative();
  }

  /// A form so coarse that it ruins the network where it is put, and takes no room.
  private record Ruin(String path) implements Choice {
    @Override
    public String name() {
      return "ruin";
    }

    @Override
    public @Nullable Layer<?, ?> quantized(String at, Layer<?, ?> layer) {
      if (!(layer instanceof Linear linear) || !at.equals(path)) return null;
      return Linear.of(linear.weight().mul(-1), null);
    }
  }

  @Test
  void the_smallest_network_within_a_budget_was_measured() {
    var choices = new ArrayList<>(BOTH);
    choices.add(new Ruin("wide"));
    var sensitivity = Sensitivity.of(net, choices, SensitivityTest::loss);
    Mixed<Sequential> mixed = sensitivity.within(0.01);
    assertThat(mixed.loss()).isEqualTo(Grad.off(() -> loss(mixed.network())));
    assertThat(mixed.loss() - mixed.lossBefore()).isLessThanOrEqualTo(0.01);
    assertThat(mixed.quantized().outcomes())
        .allSatisfy(one -> assertThat(one.reason()).isNotEqualTo("ruin"));
    assertThat(mixed.quantized().bytesAfter()).isLessThan(mixed.quantized().bytesBefore() / 2);
    assertThat(mixed.report()).contains("networks measured");
  }

  @Test
  void a_larger_budget_never_gives_a_larger_network() {
    var sensitivity = Sensitivity.of(net, BOTH, SensitivityTest::loss);
    long before = Long.MAX_VALUE;
    for (double budget : new double[] {0, 1e-5, 1e-3, 1}) {
      Mixed<Sequential> mixed = sensitivity.within(budget);
      assertThat(mixed.loss() - mixed.lossBefore()).isLessThanOrEqualTo(budget);
      assertThat(mixed.quantized().bytesAfter()).isLessThanOrEqualTo(before);
      before = mixed.quantized().bytesAfter();
    }
    assertThat(before).isEqualTo(sensitivity.within(100).quantized().bytesAfter());
  }

  @Test
  void bytes_are_the_fewest_an_allowance_permits() {
    var report = report();
    double allowance = report.worst() * 1.5;
    long found = Assignment.smallest(report.layers(), allowance).bytes(report.layers());
    assertThat(found).isEqualTo(fewest(report.layers(), 0, allowance, 0));
  }

  /// By trying all.
  private static long fewest(List<LayerTrials> layers, int at, double left, long bytes) {
    if (left < 0) return Long.MAX_VALUE;
    if (at == layers.size()) return bytes;
    LayerTrials layer = layers.get(at);
    long best = fewest(layers, at + 1, left, bytes + layer.bytes());
    for (Trial trial : layer.trials()) {
      double cost = Math.max(0, trial.lossChange());
      best = Math.min(best, fewest(layers, at + 1, left - cost, bytes + trial.bytes()));
    }
    return best;
  }

  @Test
  void calibrated_layers_hand_whole_numbers_on_in_the_mixed_network() {
    var spec = StaticSpec.DEFAULT.without("up");
    var calibration = StaticQuantization.prepare(net, spec);
    StaticQuantization.run(calibration, List.of(x), (_, _) -> {});
    calibration.finish();
    var choices = List.<Choice>of(new StaticChoice(calibration));
    ToDoubleFunction<Sequential> loss = SensitivityTest::loss;
    var sensitivity = Sensitivity.of(calibration.network(), choices, loss);
    assertThat(sensitivity.report().layers().get(1).trials().getFirst().outputs().decibels())
        .isGreaterThan(25);
    Mixed<Sequential> mixed = sensitivity.within(0.5);
    assertThat(mixed.network().toString()).contains("QuantizedLinearReLU", "Identity");
    assertThat(mixed.quantized().leftFloat()).hasSize(1);
    Sequential all = StaticQuantization.of(net, spec, List.of(x));
    assertThat(mixed.loss()).isCloseTo(Grad.off(() -> loss(all)), within(1e-6));
  }

  @Test
  void what_would_not_become_smaller_stays() {
    Mixed<Sequential> mixed = Sensitivity.of(net, BOTH, SensitivityTest::loss).within(10);
    assertThat(mixed.quantized().outcomes())
        .filteredOn(one -> one.path().equals("up") && !one.quantized())
        .allSatisfy(one -> assertThat(one.reason()).contains("smaller"));
    assertThat(mixed.quantized().outcomes())
        .allSatisfy(one -> assertThat(one.bytesAfter()).isLessThanOrEqualTo(one.bytes()));
  }

  @Test
  void embeddings_take_part_and_layers_without_a_form_say_so() {
    var words =
        Sequential.named().add("words", new Embedding(9, 4)).add("out", new Linear(4, 2)).build();
    words.eval();
    Tensor ids = Tensor.of(0L, 5L, 8L);
    ToDoubleFunction<Sequential> loss = one -> one.apply(ids).square().sum().item();
    var report = Sensitivity.of(words, List.of(DynamicChoice.WEIGHTS), loss).report();
    assertThat(report.layers().getFirst().trials().getFirst().outputs().decibels())
        .isGreaterThan(30);
    var none = new DynamicChoice("tables only", null, DynamicConfig.QUINT8);
    var second = Sensitivity.of(words, List.of(none), loss).report().layers().getLast();
    assertThat(second.trials()).isEmpty();
    assertThat(second.remark()).contains("none of these forms");
  }

  @Test
  void senseless_questions_are_refused() {
    assertThatThrownBy(() -> Sensitivity.of(net, List.of(), SensitivityTest::loss))
        .hasMessageContaining("no forms");
    assertThatThrownBy(
            () -> Sensitivity.of(net, List.of(BOTH.get(0), BOTH.get(0)), SensitivityTest::loss))
        .hasMessageContaining("one name");
    assertThatThrownBy(() -> Sensitivity.of(net, BOTH, _ -> Double.NaN))
        .hasMessageContaining("as it is is NaN");
    ToDoubleFunction<Sequential> fragile =
        one -> one.layer("wide") instanceof Linear ? 1 : Double.POSITIVE_INFINITY;
    assertThatThrownBy(() -> Sensitivity.of(net, BOTH, fragile))
        .hasMessageContaining("'wide' as int8 dynamic");
    assertThat(net.layer("wide")).isInstanceOf(Linear.class);
    var sensitivity = Sensitivity.of(net, BOTH, SensitivityTest::loss);
    assertThatThrownBy(() -> sensitivity.within(-1)).hasMessageContaining("-1");
    assertThatThrownBy(() -> sensitivity.within(Double.NaN)).hasMessageContaining("NaN");
    var training = new Sequential(new Linear(2, 2));
    assertThatThrownBy(() -> Sensitivity.of(training, BOTH, _ -> 0)).hasMessageContaining("eval()");
  }
}
