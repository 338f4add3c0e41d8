package dev.microtome.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.nn.Init;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The operation against its formula, written out and differentiated by libtorch.
class DoraOpTest {
  private static final double S = 1.5;

  @BeforeEach
  void seed() {
    Torch.manualSeed(5);
  }

  private static LowRank part(Layer<Tensor, Tensor> base) {
    LowRank part = LowRank.of((LinearLike) base, Dora.rank(4).alpha(6));
    Init.normal_(part.matrixB(), 0, 0.3);
    return part;
  }

  private static Tensor written(Tensor x, Layer<Tensor, Tensor> layer, LowRank part) {
    var base = (LinearLike) layer;
    Tensor y = layer.apply(x);
    Tensor bias = base.bias();
    Tensor plain = bias == null ? y : y.sub(bias);
    Tensor weight = base.multiply(Tensor.eye(64)).t().detach();
    Tensor c = weight.add(product(part).mul(S)).norm(2, 1, false);
    Tensor f = part.magnitude().div(c.detach());
    Tensor low = x.matmul(part.matrixA().t()).matmul(part.matrixB().t()).mul(S);
    return y.add(f.sub(1).mul(plain)).add(f.mul(low));
  }

  private static Tensor product(LowRank part) {
    return part.matrixB().matmul(part.matrixA()).detach();
  }

  private static void compare(Layer<Tensor, Tensor> base, boolean withBias) {
    assertThat(((LinearLike) base).bias() != null).isEqualTo(withBias);
    base.freeze();
    LowRank part = part(base);
    var adapted = new AdaptedLinear(base, Map.of("default", part));
    Tensor x = Tensor.randn(2, 3, 64).requiresGrad_(true);
    Tensor towards = Tensor.randn(2, 3, 70);
    var leaves = new ArrayList<>(List.of(x, part.matrixA(), part.matrixB(), part.magnitude()));
    Tensor trained = ((LinearLike) base).bias();
    if (trained != null) {
      leaves.add(trained.requiresGrad_(true));
      if (trained.hasGrad()) { // by the layer this one shares it with
        trained.grad().zero_();
      }
    }
    Tensor y = adapted.apply(x);
    y.mul(towards).sum().backward();
    List<float[]> gradients = leaves.stream().map(leaf -> leaf.grad().toFloats()).toList();
    leaves.forEach(leaf -> leaf.grad().zero_());
    Tensor expected = written(x, base, part);
    expected.mul(towards).sum().backward();
    assertThat(y.toFloats()).containsExactly(expected.toFloats(), within(1e-4f));
    for (int i = 0; i < leaves.size(); i++) {
      assertThat(gradients.get(i)).containsExactly(leaves.get(i).grad().toFloats(), within(1e-4f));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void over_a_plain_layer_as_its_formula(boolean bias) {
    compare(new Linear(64, 70, bias), bias);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void over_a_layer_of_three_bits_as_its_formula(boolean bias) {
    var low = LowBitLinear.of(new Linear(64, 70, bias), LowBit.bits(3).groupSize(32));
    compare(low, bias);
    compare(KernelLinear.of(low, Precision.FULL), bias);
  }

  @Test
  void half_precision_is_rounded_once() {
    Linear base = (Linear) new Linear(64, 70).freeze();
    LowRank part = part(base);
    Tensor x = Tensor.randn(5, 64).to(DType.BFLOAT16);
    var half = (Linear) new Linear(64, 70).to(DType.BFLOAT16).freeze();
    half.weight().copy_(base.weight());
    Objects.requireNonNull(half.bias()).copy_(base.bias());
    Tensor y = new AdaptedLinear(half, Map.of("default", part)).apply(x);
    assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
    Tensor expected = written(x.to(DType.FLOAT32), base, part);
    assertThat(y.sub(expected).abs().max().item()).isLessThan(0.05);
  }
}
