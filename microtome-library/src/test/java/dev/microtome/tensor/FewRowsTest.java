package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.kernel.Vectors;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Products of few rows take a way of their own; the truth is the same product in float64.
class FewRowsTest {
  private final int threads = Torch.threads();

  @BeforeEach
  void seed() {
    Torch.manualSeed(3);
  }

  @AfterEach
  void threads() {
    Torch.threads(threads);
  }

  static Stream<Arguments> shapes() {
    return Stream.of(
        Arguments.of(1, 256, 300), // an odd number of pairs of outputs
        Arguments.of(1, 64, 5001), // an odd number of outputs
        Arguments.of(3, 128, 1088),
        Arguments.of(4, 512, 640),
        Arguments.of(1, 250, 512), // no multiple of any vector
        Arguments.of(9, 256, 320)); // too many rows
  }

  @Test
  void vectors_are_used_in_tests() {
    assertThat(Vectors.areUsable()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void a_linear_layer_in_float32_is_the_product_in_float64(int rows, int in, int out) {
    Tensor x = Tensor.randn(rows, in);
    Tensor weight = Tensor.randn(out, in);
    Tensor bias = Tensor.randn(out);

    assertNear(x.linear(weight, null), exact(x, weight.t()), in);
    assertNear(x.linear(weight, bias), exact(x, weight.t()).add(wide(bias)), in);
    assertNear(
        x.view(1, rows, in).linear(weight, bias).view(rows, out),
        exact(x, weight.t()).add(wide(bias)),
        in);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void a_product_with_a_weight_by_inputs_is_that_in_float64(int rows, int in, int out) {
    Tensor x = Tensor.randn(rows, in);
    Tensor weight = Tensor.randn(in, out);
    Tensor bias = Tensor.randn(out);

    assertNear(bias.addmm(x, weight), exact(x, weight).add(wide(bias)), in);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void bfloat16_is_off_by_one_rounding(int rows, int in, int out) {
    Tensor x = Tensor.randn(rows, in).to(DType.BFLOAT16);
    Tensor weight = Tensor.randn(out, in).to(DType.BFLOAT16);
    Tensor bias = Tensor.randn(out).to(DType.BFLOAT16);
    Tensor turned = weight.t().contiguous();
    Tensor exact = exact(x, weight.t()).add(wide(bias));

    assertRounded(x.linear(weight, bias), exact, in);
    assertRounded(bias.addmm(x, turned), exact, in);
    assertRounded(x.linear(weight, null), exact(x, weight.t()), in);
  }

  @Test
  void neither_threads_nor_other_rows_change_a_bit() {
    for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16)) {
      Tensor x = Tensor.randn(4, 256).to(dtype);
      Tensor weight = Tensor.randn(1024, 256).to(dtype);
      Tensor turned = weight.t().contiguous();
      Tensor bias = Tensor.randn(1024).to(dtype);
      Torch.threads(1);
      Tensor linear = x.linear(weight, bias);
      Tensor addmm = bias.addmm(x, turned);
      Torch.threads(3);

      assertThat(x.linear(weight, bias).equal(linear)).isTrue();
      assertThat(bias.addmm(x, turned).equal(addmm)).isTrue();
      for (int row = 0; row < 4; row++) {
        Tensor alone = x.narrow(0, row, 1);
        assertThat(alone.linear(weight, bias).equal(linear.narrow(0, row, 1))).isTrue();
        assertThat(bias.addmm(alone, turned).equal(addmm.narrow(0, row, 1))).isTrue();
      }
    }
  }

  @Test
  void gradients_are_recorded_and_right() {
    Tensor x = Tensor.randn(1, 256);
    Tensor weight = Tensor.randn(512, 256).requiresGrad_(true);
    Tensor turned = weight.detach().t().contiguous().requiresGrad_(true);
    Tensor bias = Tensor.randn(512).requiresGrad_(true);

    Tensor arriving = Tensor.randn(1, 512);

    x.linear(weight, bias).mul(arriving).sum().backward();
    assertNear(weight.grad(), exact(arriving.t(), x), 1);
    assertNear(bias.grad(), wide(arriving).view(512), 1);
    bias.detach().addmm(x, turned).mul(arriving).sum().backward();
    assertNear(turned.grad(), exact(x.t(), arriving), 1);
  }

  @Test
  void views_and_infinities_come_out_right() {
    Tensor wide = Tensor.randn(2, 512);
    Tensor strided = wide.narrow(1, 0, 256);
    Tensor weight = Tensor.randn(300, 512).narrow(1, 256, 256);
    assertNear(strided.linear(weight, null), exact(strided, weight.t()), 256);

    BinaryOperator<Tensor> linear = (x, w) -> x.linear(w, null);
    for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16)) {
      Tensor ones = Tensor.ones(512, 256).to(dtype);
      Tensor x = Tensor.ones(1, 256).to(dtype);
      x.at(0, 7).set(Double.POSITIVE_INFINITY);
      assertThat(linear.apply(x, ones).to(DType.FLOAT32).get(0, 3).item())
          .isEqualTo(Double.POSITIVE_INFINITY);
      x.at(0, 8).set(Double.NaN);
      assertThat(linear.apply(x, ones).to(DType.FLOAT32).get(0, 3).item()).isNaN();
    }
  }

  @Test
  void attention_of_few_queries_in_bfloat16_is_off_by_one_rounding() {
    Tensor query = Tensor.randn(1, 4, 3, 64).to(DType.BFLOAT16);
    Tensor key = Tensor.randn(1, 4, 50, 64).to(DType.BFLOAT16);
    Tensor value = Tensor.randn(1, 4, 50, 64).to(DType.BFLOAT16);
    Tensor pattern = wide(query).matmul(wide(key).transpose(-2, -1)).div(8).softmax(-1);

    assertRounded(query.scaledDotProductAttention(key, value), pattern.matmul(wide(value)), 64);
    query.requiresGrad_(true);
    query.scaledDotProductAttention(key, value).sum().backward();
    assertThat(query.grad().dtype()).isEqualTo(DType.BFLOAT16);
  }

  private static Tensor wide(Tensor x) {
    return x.detach().to(DType.FLOAT64);
  }

  private static Tensor exact(Tensor x, Tensor weight) {
    return wide(x).matmul(wide(weight));
  }

  // Sums of n numbers near 1 are near sqrt(n).
  private static void assertNear(Tensor actual, Tensor exact, int n) {
    assertThat(wide(actual).sub(exact).abs().max().item()).isLessThan(1e-5 * Math.sqrt(n));
  }

  // Half a step of bfloat16's eight bits, and the error of the sum.
  private static void assertRounded(Tensor actual, Tensor exact, int n) {
    assertThat(actual.dtype()).isEqualTo(DType.BFLOAT16);
    Tensor allowed = exact.abs().mul(Math.pow(2, -8)).add(1e-5 * Math.sqrt(n));
    assertThat(wide(actual).sub(exact).abs().le(allowed).all().item()).isEqualTo(1.0);
  }
}
