package dev.microtome.lowbit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.trace.Model;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LowBitLinearTest {
  private final Linear linear = new Linear(16, 12);

  @BeforeEach
  void seed() {
    Torch.manualSeed(5);
  }

  @ParameterizedTest
  @ValueSource(doubles = {8, 6, 5, 4, 3, 2, 1.58, 1})
  void it_multiplies_by_what_the_codes_stand_for(double bits) {
    var layer = LowBitLinear.of(linear, LowBit.bits(bits).groupSize(8));
    Tensor x = Tensor.randn(2, 3, 16);
    Tensor expected = x.linear(layer.packed().dequantize(DType.FLOAT32), linear.bias());
    assertThat(layer.apply(x).toFloats()).containsExactly(expected.toFloats(), within(1e-5f));
    assertThat(layer.weight().shape()).isEqualTo(Shape.of(12, 16));
  }

  @Test
  void gradients_flow_to_the_input_and_the_bias_only() {
    var layer = LowBitLinear.of(linear, LowBit.bits(3).groupSize(8));
    Tensor x = Tensor.randn(4, 16).requiresGrad_(true);
    Tensor weight = layer.packed().dequantize(DType.FLOAT32);
    layer.apply(x).sum().backward();
    Tensor expected = Tensor.ones(4, 12).matmul(weight);
    assertThat(x.grad().toFloats()).containsExactly(expected.toFloats(), within(1e-5f));
    assertThat(layer.trainable().keySet()).containsExactly("bias");
    assertThat(layer.tensor("bias").grad().toFloats()).containsOnly(4f);
  }

  @Test
  void its_state_is_hqqs_and_keeps_its_types() {
    var layer = LowBitLinear.of(linear, LowBit.bits(4).groupSize(8));
    assertThat(layer.stateDict().keySet()).containsExactly("bias", "W_q", "scale", "zero");
    layer.to(DType.BFLOAT16);
    assertThat(layer.tensor("bias").dtype()).isEqualTo(DType.BFLOAT16);
    assertThat(layer.tensor("scale").dtype()).isEqualTo(DType.FLOAT16);
    assertThat(layer.apply(Tensor.ones(1, 16).to(DType.BFLOAT16)).dtype())
        .isEqualTo(DType.BFLOAT16);
  }

  @Test
  void a_copy_computes_the_same_and_has_its_own_codes() {
    var settings = LowBit.bits(2).groupSize(8).codedValues(new ValueCoding(8), ValueCoding.WHOLE);
    var layer = LowBitLinear.of(linear, settings);
    var copy = layer.copy();
    Tensor x = Tensor.randn(2, 16);
    assertThat(copy.apply(x).toFloats()).isEqualTo(layer.apply(x).toFloats());
    layer.tensor("W_q").zero_();
    assertThat(copy.apply(x).toFloats()).isNotEqualTo(layer.apply(x).toFloats());
    assertThat(layer.stateDict().keySet())
        .containsExactly(
            "bias",
            "W_q",
            "scale_q",
            "scale_scale",
            "scale_zero",
            "zero_q",
            "zero_scale",
            "zero_zero");
  }

  @Test
  void shapes_are_told_and_refused_without_numbers() {
    var layer = LowBitLinear.of(linear, LowBit.bits(3).groupSize(8));
    assertThat(layer.apply(ShapeOnly.of(Shape.of(5, 7, 16), DType.FLOAT32)).shape())
        .isEqualTo(Shape.of(5, 7, 12));
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () -> layer.apply(ShapeOnly.of(Shape.of(5, 7), DType.FLOAT32))))
        .hasMessageContaining("shapes cannot be multiplied");
  }

  @Test
  void traces_see_and_record_it() {
    var low = LowBitLinear.of(linear, LowBit.bits(3).groupSize(8));
    var net = Sequential.named().add("one", new Linear(16, 16)).add("low", low).build();
    Tensor x = Tensor.randn(1, 16);
    Tensor[] seen =
        Model.of(net)
            .trace(
                x,
                t -> {
                  Tensor input = t.at("one").output();
                  Tensor again = low.apply(input.mul(2)); // recorded, run with the network
                  return new Tensor[] {t.at("low").output(), again, input};
                });
    Tensor input = Grad.off(() -> net.get(0).apply(x));
    assertThat(seen[0].toFloats()).isEqualTo(low.apply(input).toFloats());
    assertThat(seen[1].toFloats()).isEqualTo(low.apply(input.mul(2)).toFloats());
  }

  @Test
  void it_prints_what_it_is() {
    assertThat(LowBitLinear.of(linear, LowBit.bits(1.58).groupSize(4).axis(0)))
        .hasToString(
            "LowBitLinear(in_features=16, out_features=12, bias=True, bits=1.58, group_size=4,"
                + " axis=0)");
  }

  @Test
  void weights_that_can_not_be_quantized_are_refused_and_stay() {
    linear.weight().detach().select(0, 3).select(0, 2).fill_(Double.NaN);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LowBitLinear.of(linear, LowBit.bits(3).groupSize(8)))
        .withMessage(
            "1 of the 192 numbers of a weight [12, 16] are NaN or infinite, the first is number 50");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LowBit.bits(4).groupSize(7).quantize(Tensor.ones(2, 16)))
        .withMessageContaining("groups of 7 do not divide");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LowBit.bits(4).quantize(Tensor.ones(0, 16)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LowBit.bits(4).groupSize(3).quantize(Tensor.of(1, 2, 3)))
        .withMessageContaining("floating-point");
  }
}
