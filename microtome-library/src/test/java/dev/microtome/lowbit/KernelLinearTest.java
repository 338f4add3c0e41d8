package dev.microtome.lowbit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A low-bit layer in the kernels' layout is the same layer.
class KernelLinearTest {
  @BeforeEach
  void seed() {
    Torch.manualSeed(0);
  }

  private static void assertClose(Tensor actual, Tensor expected, double tolerance) {
    double error = actual.sub(expected).detach().norm().item();
    assertThat(error / expected.detach().norm().item()).isLessThan(tolerance);
  }

  @ParameterizedTest
  @ValueSource(doubles = {8, 6, 5, 4, 3, 2, 1.58, 1})
  void it_computes_what_the_layer_does_and_gives_it_back(double bits) {
    LowBitLinear plain = LowBitLinear.of(new Linear(128, 70), LowBit.bits(bits).nearest());
    KernelLinear kernel = KernelLinear.of(plain, Precision.FULL);
    Tensor x = Tensor.randn(3, 5, 128).requiresGrad_(true);
    Tensor same = x.detach().copy().requiresGrad_(true);
    Tensor expected = plain.packed().dequantize(DType.FLOAT32);
    Tensor y = kernel.apply(x);
    Tensor wanted = same.linear(expected, plain.bias());
    assertClose(y, wanted, 1e-3); // the whole weight rounds to float16
    y.square().sum().backward();
    wanted.square().sum().backward();
    assertClose(x.grad(), same.grad(), 2e-3);
    LowBitLinear back = kernel.restored();
    assertThat(back.packed().packed().equal(plain.packed().packed())).isTrue();
    assertThat(back.weight().equal(plain.weight())).isTrue();
    assertThat(kernel.weight().equal(plain.weight())).isTrue();
    assertClose(kernel.rowSquares(), plain.rowSquares(), 1e-3);
  }

  @Test
  void it_takes_no_more_memory_and_keeps_it_when_converted() {
    LowBitLinear plain = LowBitLinear.of(new Linear(256, 128, false), LowBit.bits(3).nearest());
    KernelLinear kernel = KernelLinear.of(plain, Precision.FULL);
    assertThat(kernel.kernelWeight().bitsPerWeight()).isEqualTo(3.5);
    var net = Sequential.named().add("one", kernel).build();
    Tensor x = Tensor.randn(2, 256);
    Tensor before = net.apply(x);
    net.to(DType.BFLOAT16);
    assertThat(net.apply(x).equal(before)).isTrue();
  }

  @Test
  void whole_networks_are_laid_out() {
    var settings = LowBit.bits(4).nearest();
    var net =
        Sequential.named()
            .add("one", LowBitLinear.of(new Linear(64, 96), settings))
            .add("two", LowBitLinear.of(new Linear(96, 64), settings.groupSize(16)))
            .add("three", LowBitLinear.of(new Linear(64, 32), settings))
            .build();
    Tensor x = Tensor.randn(2, 64);
    Tensor before = net.apply(x);
    assertThat(KernelLinear.applyTo(net, Precision.FULL)).isEqualTo(2);
    assertThat(net.layer("one")).isInstanceOf(KernelLinear.class);
    assertThat(net.layer("two")).isInstanceOf(LowBitLinear.class);
    assertClose(net.apply(x), before, 2e-3);
  }

  @Test
  void its_state_loads_into_another() {
    KernelLinear one =
        KernelLinear.of(
            LowBitLinear.of(new Linear(64, 64), LowBit.bits(4).nearest()), Precision.FULL);
    KernelLinear other =
        KernelLinear.of(
            LowBitLinear.of(new Linear(64, 64), LowBit.bits(4).nearest()), Precision.FULL);
    Tensor x = Tensor.randn(2, 64);
    assertThat(other.apply(x).equal(one.apply(x))).isFalse();
    other.load(one.stateDict());
    assertThat(other.apply(x).equal(one.apply(x))).isTrue();
  }

  @Test
  void what_the_kernels_do_not_know_is_refused() {
    LowBitLinear small =
        LowBitLinear.of(new Linear(64, 64), LowBit.bits(4).groupSize(16).nearest());
    assertThat(KernelLinear.fits(small.packed())).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelLinear.of(small, Precision.FULL))
        .withMessageContaining("groups of 16 along axis 1");
  }
}
