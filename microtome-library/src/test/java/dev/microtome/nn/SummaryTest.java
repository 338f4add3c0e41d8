package dev.microtome.nn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.Device;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private static Sequential net() {
    return Sequential.named()
        .add("layer1", new Linear(5, 10))
        .add("layer2", new Linear(10, 2, false))
        .build();
  }

  @Test
  void every_layer_has_its_shape_and_its_own_parameters() {
    Summary summary = Summary.of(net(), Tensor.zeros(3, 5));

    assertThat(summary.rows())
        .extracting(Summary.Row::path)
        .containsExactly("", "layer1", "layer2");
    Summary.Row layer1 = summary.rows().get(1);
    assertThat(layer1.output()).isEqualTo(Shape.of(3, 10));
    assertThat(layer1.parameters()).isEqualTo(60);
    assertThat(layer1.bytes()).isEqualTo(240);
    assertThat(layer1.bits()).isEqualTo(32);
    assertThat(summary.rows().getFirst().parameters()).isZero();
  }

  @Test
  void totals_count_frozen_parameters_too() {
    Sequential net = net();
    net.layer("layer1").freeze();

    Summary summary = Summary.of(net, Tensor.zeros(1, 5));

    assertThat(summary.parameters()).isEqualTo(80);
    assertThat(summary.trainable()).isEqualTo(20);
    assertThat(summary.bytes()).isEqualTo(320);
  }

  @Test
  void a_network_without_numbers_can_be_summed_up() {
    Linear huge = Device.META.run(() -> new Linear(1 << 20, 1 << 20));

    assertThat(Summary.of(huge, Tensor.zeros(1, 1 << 20)).bytes()).isGreaterThan(1L << 42);
  }

  @Test
  void it_leaves_no_hooks_behind() {
    Sequential net = net();
    Summary.of(net, Tensor.zeros(1, 5));

    assertThat(net.apply(Tensor.zeros(1, 5)).shape()).isEqualTo(Shape.of(1, 2));
  }
}
