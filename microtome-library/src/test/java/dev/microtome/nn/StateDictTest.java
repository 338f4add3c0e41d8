package dev.microtome.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StateDictTest {
  @Test
  void a_state_goes_from_one_network_to_another() {
    var from = new Nets.Tower();
    var to = new Nets.Tower();
    assertThat(to.load(from.stateDict()).isClean()).isTrue();
    assertThat(to.stateDict())
        .allSatisfy((path, t) -> assertThat(t.equal(from.tensor(path))).isTrue());
    assertThat(to.trainable()).hasSameSizeAs(to.namedParameters());
  }

  @Test
  void a_state_that_does_not_fit_changes_nothing() {
    var net = new Linear(2, 3);
    Tensor before = net.weight().detach().copy();
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put("weight", Tensor.zeros(3, 2));
    state.put("bias", Tensor.zeros(4));
    state.put("extra", Tensor.zeros(1));
    assertThatExceptionOfType(StateDictException.class)
        .isThrownBy(() -> net.load(state))
        .withMessageContaining("unexpected: extra")
        .withMessageContaining("misshaped: bias (is [3], the state has [4])");
    assertThat(net.weight().equal(before)).isTrue();

    LoadReport report = net.loadMatching(state);
    assertThat(report.isClean()).isFalse();
    assertThat(report.missing()).isEmpty();
    assertThat(net.weight().sum().item()).isZero();
    assertThat(net.weight().requiresGrad()).isTrue();
  }

  @Test
  void missing_keys_are_listed_but_a_tied_one_is_needed_once() {
    var net = new Nets.Tower();
    Map<String, Tensor> state = new LinkedHashMap<>(net.stateDict());
    state.remove("head.weight");
    net.load(state);
    state.remove("norm.bias");
    assertThatExceptionOfType(StateDictException.class)
        .isThrownBy(() -> net.load(state))
        .satisfies(e -> assertThat(e.report().missing()).containsExactly("norm.bias"));
  }

  @Test
  void numbers_are_converted_to_the_networks_dtype() {
    var net = new Linear(1, 1);
    net.load(
        Map.of(
            "weight", Tensor.of(new double[][] {{0.5}}), "bias", Tensor.of(1f).to(DType.FLOAT16)));
    assertThat(net.weight().dtype()).isEqualTo(DType.FLOAT32);
    assertThat(net.apply(Tensor.ones(1, 1)).item()).isEqualTo(1.5);
    assertThatExceptionOfType(StateDictException.class)
        .isThrownBy(() ->
            net.load(Map.of("weight", Tensor.of(new long[][] {{1}}), "bias", Tensor.zeros(1))));
  }

  @Test
  void a_network_without_memory_takes_the_tensors_themselves() {
    var net = Device.META.run(() -> new Linear(1, 1));
    net.load(Map.of("weight", Tensor.ones(1, 1), "bias", Tensor.of(2.0)));
    assertThat(net.weight().device()).isEqualTo(Device.CPU);
    assertThat(net.trainable()).hasSize(2);
    assertThat(net.apply(Tensor.ones(1, 1)).item()).isEqualTo(3);
  }
}
