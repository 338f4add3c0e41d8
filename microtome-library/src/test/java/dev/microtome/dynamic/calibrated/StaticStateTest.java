package dev.microtome.dynamic.calibrated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.dynamic.observe.GridType;
import dev.microtome.dynamic.observe.MinMaxObserver;
import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Linear;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Tanh;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.file.Safetensors;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StaticStateTest {
  private static final Tensor X = input();

  @TempDir private Path folder = Path.of("");

  private static Tensor input() {
    Torch.manualSeed(4);
    return Tensor.randn(4, 2, 6, 6);
  }

  private static Sequential net(int seed) {
    Torch.manualSeed(seed);
    return Sequential.named()
        .add("conv", new Conv2d(2, 4, 3, ConvSettings.DEFAULT.withoutBias()))
        .add("norm", new BatchNorm2d(4))
        .add("act", new ReLU())
        .add("flat", new Flatten())
        .add("plain", new Linear(64, 8))
        .add("tanh", new Tanh())
        .add("head", new Linear(8, 3))
        .build();
  }

  private static Sequential quantized() {
    var whole = StaticConfig.DEFAULT.withWeights(() -> new MinMaxObserver(GridType.QINT8));
    var spec = StaticSpec.DEFAULT.without("plain").with("head", whole);
    return StaticQuantization.of(net(1), spec, List.of(X));
  }

  private static Tensor run(Sequential net) {
    return Grad.off(() -> net.apply(X));
  }

  @Test
  void a_file_brings_the_same_network_back_without_data() {
    Sequential small = quantized();
    Path file = folder.resolve("net.safetensors");
    StaticState.write(file, small);
    Sequential other = net(2);
    Sequential back = StaticState.load(file, other);
    assertThat(back.toString()).isEqualTo(small.toString());
    assertThat(run(back).equal(run(small))).isTrue();
    assertThat(other.layer("conv")).isInstanceOf(Conv2d.class);
    Path again = folder.resolve("again.safetensors");
    StaticState.write(again, back);
    assertThat(again).hasSameBinaryContentAs(file);
  }

  @Test
  void what_does_not_fit_is_refused_by_path() {
    Path file = folder.resolve("net.safetensors");
    StaticState.write(file, quantized());
    var other = Sequential.named().add("conv", new Linear(3, 3)).build();
    assertThatThrownBy(() -> StaticState.load(file, other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not fit the network");
    refused(file, Map.of("conv.weight_scale", Tensor.of(-1.0)), "'conv'");
    refused(file, Map.of("conv.weight", Tensor.of(1f)), "needs int8");
    refused(file, Map.of("head.bias", Tensor.of(1f)), "needs float32 [3]");
    refused(file, Map.of("head.grids", Tensor.of(1.0)), "8 numbers");
    refused(file, Map.of("head.grids", Tensor.of(1, Double.NaN, 0, 255, 1, 0, 0, 255.0)), "grid");
    refused(file, Map.of("head.grids", Tensor.of(0, 0, 0, 255, 1, 0, 0, 255.0)), "scale 0.0");
    refused(file, Map.of("plain.weight", Tensor.of(1f)), "plain.weight");
  }

  private void refused(Path file, Map<String, Tensor> broken, String message) {
    Path bad = folder.resolve("bad.safetensors");
    try (var opened = Safetensors.open(file)) {
      var tensors = new LinkedHashMap<>(opened.tensors());
      tensors.putAll(broken);
      Safetensors.write(bad, tensors, opened.metadata());
    }
    assertThatThrownBy(() -> StaticState.load(bad, net(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
