package dev.microtome.dynamic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.RnnSettings;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeightOnlyTest {
  private static final Tensor IDS = Tensor.of(0L, 3L, 4L);

  private static Sequential net() {
    Torch.manualSeed(0);
    return Sequential.named()
        .add("embed", new Embedding(5, 32))
        .add("up", new Linear(32, 48))
        .add("act", new ReLU())
        .add("down", new Conv1D(16, 48))
        .build();
  }

  private static Tensor run(Sequential net) {
    return Grad.off(() -> net.apply(IDS));
  }

  @Test
  void linear_layers_compute_with_libtorchs_dequantized_rows() {
    Torch.manualSeed(0);
    var linear = new Linear(32, 48);
    var small = WeightOnlyLinear.of(linear);
    Tensor w = linear.weight().detach();
    Tensor scales = w.abs().amax(1, false).div(127.5);
    Tensor libtorch =
        Ops.tensor(
            "aten::quantize_per_channel",
            w,
            scales.to(DType.FLOAT64),
            Tensor.zeros(new dev.microtome.tensor.Shape(48), DType.INT64),
            0,
            DType.QINT8);
    Tensor x = Tensor.randn(7, 32);
    Tensor rows = Ops.tensor("aten::dequantize", libtorch);
    assertThat(small.weight().allClose(rows, 0, 1e-7)).isTrue();
    Tensor wanted = Grad.off(() -> x.linear(rows, linear.bias()));
    assertThat(Grad.off(() -> small.apply(x)).allClose(wanted, 1e-5, 1e-5)).isTrue();
  }

  @Test
  void embeddings_and_both_kinds_of_linear_layers_shrink_to_a_quarter() {
    Sequential net = net();
    var small = DynamicQuantization.apply(net, DynamicSpec.weightsOnly());
    assertThat(small.leftFloat()).isEmpty();
    assertThat(small.bytesAfter()).isLessThan((long) (0.36 * small.bytesBefore()));
    assertThat(run(small.network()).sub(run(net)).abs().max().item()).isBetween(1e-6, 0.02);
    assertThat(small.network().copy().toString()).isEqualTo(small.network().toString());
  }

  @Test
  void gradients_pass_to_the_input() {
    var small = WeightOnlyLinear.of(new Linear(8, 4));
    Tensor x = Tensor.randn(2, 8).requiresGrad_(true);
    small.apply(x).sum().backward();
    Tensor gradient = java.util.Objects.requireNonNull(x.grad());
    assertThat(gradient.get(0).allClose(small.weight().sum(0), 1e-5, 1e-6)).isTrue();
  }

  @Test
  void recurrent_layers_stay_and_say_why() {
    var net = Sequential.named().add("a", new Linear(4, 4)).add("b", new Linear(4, 4)).build();
    var spec = DynamicSpec.none().with("a", DynamicConfig.WEIGHT_ONLY);
    assertThat(DynamicQuantization.apply(net, spec).leftFloat())
        .singleElement()
        .satisfies(left -> assertThat(left.reason()).isEqualTo("was not named"));
    var lstm = new Lstm(4, 4, RnnSettings.DEFAULT);
    var engines = new EngineChoice(null);
    assertThat(Exchange.of("rnn", lstm, DynamicConfig.WEIGHT_ONLY, engines))
        .isInstanceOfSatisfying(
            Exchange.Leave.class, left -> assertThat(left.reason()).contains("linear layers"));
  }

  @Test
  void both_kinds_of_files_bring_the_same_numbers_back(@TempDir Path folder) {
    Sequential small = DynamicQuantization.apply(net(), DynamicSpec.weightsOnly()).network();
    Tensor wanted = run(small);
    QuantizedCheckpoint.writeTorch(folder.resolve("net.pth"), small);
    PlainState.write(folder.resolve("net.safetensors"), small);
    Torch.manualSeed(9);
    Sequential other = net();
    assertThat(run(QuantizedCheckpoint.loadTorch(folder.resolve("net.pth"), other)).equal(wanted))
        .isTrue();
    assertThat(run(PlainState.load(folder.resolve("net.safetensors"), other)).equal(wanted))
        .isTrue();
  }

  @Test
  void a_wrong_width_and_weights_that_are_no_numbers_are_refused() {
    var small = WeightOnlyLinear.of(new Linear(8, 4));
    assertThatThrownBy(() -> small.apply(Tensor.randn(2, 7)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("takes 8 numbers");
    var broken = new Linear(2, 2, false);
    broken.load(Map.of("weight", Tensor.of(1f, Float.NaN, 0f, 1f).view(2, 2)));
    assertThatThrownBy(() -> WeightOnlyLinear.of(broken))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NaN");
  }
}
