package dev.microtome.lowbit.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Autograd;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.trace.Model;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Products with a kernel weight against libtorch's with the whole weight in float64.
class KernelWeightTest {
  private static final int ROWS = 100; // a tile and a part of one
  private static final int COLUMNS = 192;
  private static final int GROUPS = 6;

  private record Parts(Tensor codes, Tensor scale, Tensor zero, int bits) {
    KernelWeight weight() {
      return KernelWeight.of(codes, scale, zero, bits);
    }

    Tensor whole() {
      Tensor grouped = codes.to(DType.FLOAT64).reshape(ROWS, GROUPS, -1);
      return grouped
          .sub(zero.to(DType.FLOAT64).unsqueeze(-1))
          .mul(scale.to(DType.FLOAT64).unsqueeze(-1))
          .reshape(ROWS, COLUMNS);
    }
  }

  private static Parts parts(int bits, DType dtype) {
    Torch.manualSeed(bits);
    return new Parts(
        Tensor.rand(ROWS, COLUMNS).mul(1 << bits).floor().to(DType.UINT8),
        Tensor.rand(ROWS, GROUPS).add(0.5).to(dtype),
        Tensor.randn(ROWS, GROUPS).add(0.5 * (1 << bits)).to(dtype),
        bits);
  }

  private static void assertClose(Tensor actual, Tensor expected, double tolerance) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    double error = actual.to(DType.FLOAT64).sub(expected).norm().item();
    assertThat(error / expected.norm().item()).isLessThan(tolerance);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8})
  void it_gives_back_what_it_was_made_of(int bits) {
    for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16, DType.FLOAT16)) {
      Parts parts = parts(bits, dtype);
      KernelWeight weight = parts.weight();
      assertThat(weight.codes().equal(parts.codes())).isTrue();
      assertThat(weight.scales().equal(parts.scale())).isTrue();
      assertThat(weight.zeros().equal(parts.zero())).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8})
  void it_multiplies_any_number_of_rows_and_passes_the_gradient_back(int bits) {
    Parts parts = parts(bits, DType.FLOAT16);
    KernelWeight weight = parts.weight();
    for (long rows : new long[] {1, 2, 3, 7, 40, 70}) {
      Tensor x = Tensor.randn(rows, COLUMNS).requiresGrad_(true);
      Tensor gradient = Tensor.randn(rows, ROWS);
      Tensor y = weight.linear(x, Precision.FULL);
      assertClose(y.detach(), x.detach().to(DType.FLOAT64).mm(parts.whole().t()), 1e-6);
      y.backward(gradient, false, false);
      assertClose(x.grad(), gradient.to(DType.FLOAT64).mm(parts.whole()), 1e-6);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 6})
  void many_rows_need_nothing_of_libtorchs(int bits) {
    Parts parts = parts(bits, DType.FLOAT16);
    var product = new PanelProduct(parts.weight(), false, false);
    Tensor x = Tensor.randn(71, COLUMNS);
    assertClose(product.forward(x), x.to(DType.FLOAT64).mm(parts.whole().t()), 1e-6);
    Tensor gradient = Tensor.randn(71, ROWS);
    assertClose(product.backward(gradient), gradient.to(DType.FLOAT64).mm(parts.whole()), 1e-6);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8})
  void many_rows_of_bfloat16_are_multiplied_in_bfloat16(int bits) {
    Parts parts = parts(bits, DType.BFLOAT16);
    Tensor x = Tensor.randn(4, 10, COLUMNS).to(DType.BFLOAT16).requiresGrad_(true);
    Tensor y = parts.weight().linear(x, Precision.FULL);
    assertThat(y.dtype()).isEqualTo(DType.BFLOAT16);
    Tensor whole = parts.whole().to(DType.BFLOAT16);
    assertClose(y.detach(), x.detach().to(DType.FLOAT64).matmul(parts.whole().t()), 5e-3);
    assertClose(y.detach(), x.detach().linear(whole, null).to(DType.FLOAT64), 2e-3);
    Tensor gradient = Tensor.randn(4, 10, ROWS).to(DType.BFLOAT16);
    y.backward(gradient, false, false);
    assertClose(x.grad(), gradient.matmul(whole).to(DType.FLOAT64), 2e-3);
  }

  @Test
  void a_few_rows_of_bfloat16_are_summed_in_float32() {
    Parts parts = parts(4, DType.BFLOAT16);
    Tensor x = Tensor.randn(COLUMNS).to(DType.BFLOAT16);
    Tensor exact = x.to(DType.FLOAT64).unsqueeze(0).mm(parts.whole().t()).squeeze(0);
    Tensor y = parts.weight().linear(x, Precision.FULL);
    assertThat(y.shape()).isEqualTo(Shape.of(ROWS));
    assertClose(y, exact, 3e-3); // one rounding of the result
  }

  @Test
  void fast_products_round_to_bfloat16() {
    Parts parts = parts(2, DType.FLOAT32);
    Tensor x = Tensor.randn(50, COLUMNS);
    Tensor y = parts.weight().linear(x, Precision.FAST);
    assertThat(y.dtype()).isEqualTo(DType.FLOAT32);
    assertClose(y, x.to(DType.FLOAT64).mm(parts.whole().t()), 6e-3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void fast_products_of_a_few_rows_are_close(int bits) {
    Parts parts = parts(bits, DType.FLOAT16);
    for (long rows : new long[] {1, 5}) {
      Tensor x = Tensor.randn(rows, COLUMNS);
      Tensor y = parts.weight().linear(x, Precision.FAST);
      assertClose(y, x.to(DType.FLOAT64).mm(parts.whole().t()), 1.5e-3);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8})
  void byte_products_round_activations_and_nothing_else(int bits) {
    Parts parts = parts(bits, DType.FLOAT16);
    for (long rows : new long[] {5, 12, 64, 70}) {
      Tensor x = Tensor.randn(rows, COLUMNS).requiresGrad_(true);
      Tensor y = parts.weight().linear(x, Precision.INT8);
      assertClose(y.detach(), x.detach().to(DType.FLOAT64).mm(parts.whole().t()), 8e-3);
      if (rows > 5 && ByteProduct.available(parts.weight().layout())) {
        Tensor bytes = onByteGrid(x.detach()).to(DType.FLOAT64);
        assertClose(y.detach(), bytes.mm(parts.whole().t()), 2e-6);
      }
      Tensor gradient = Tensor.randn(rows, ROWS);
      y.backward(gradient, false, false);
      assertClose(x.grad(), gradient.to(DType.FLOAT64).mm(parts.whole()), 6e-3);
    }
  }

  /// Each group of a row rounded to 255 numbers from minus to plus its largest.
  private static Tensor onByteGrid(Tensor x) {
    Tensor groups = x.reshape(x.size(0), GROUPS, -1);
    Tensor largest = groups.abs().amax(-1, true);
    Tensor rounded =
        groups
            .mul(Tensor.full(largest.shape(), 127, DType.FLOAT32).div(largest))
            .add(128.5)
            .floor()
            .sub(128);
    return rounded.mul(largest.div(127)).reshape(x.size(0), COLUMNS);
  }

  @Test
  void byte_products_hide_no_broken_numbers() {
    Tensor x = Tensor.zeros(12, COLUMNS);
    x.at(2, 3).set(Double.NaN);
    x.at(4, 7).set(Double.POSITIVE_INFINITY);
    Tensor y = parts(4, DType.FLOAT32).weight().linear(x, Precision.INT8);
    assertThat(y.select(0, 2).isFinite().any().item()).isZero();
    assertThat(y.select(0, 4).isFinite().any().item()).isZero();
    assertThat(y.select(0, 0).abs().max().item()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {9, 30})
  void two_threads_give_what_one_gives(int rows) {
    KernelWeight weight = parts(3, DType.FLOAT16).weight();
    Tensor x = Tensor.randn(rows, COLUMNS).requiresGrad_(true);
    int threads = Torch.threads();
    try {
      Torch.threads(1);
      Tensor one = weight.linear(x, Precision.FULL);
      Tensor gradient = Autograd.grad(one.sum(), x).getFirst();
      Torch.threads(2);
      for (int i = 0; i < 50; i++) {
        Tensor two = weight.linear(x, Precision.FULL);
        assertThat(two.detach().equal(one.detach())).isTrue();
        assertThat(Autograd.grad(two.sum(), x).getFirst().equal(gradient)).isTrue();
      }
    } finally {
      Torch.threads(threads);
    }
  }

  @Test
  void no_rows_give_no_rows() {
    KernelWeight weight = parts(4, DType.FLOAT32).weight();
    Tensor y = weight.linear(Tensor.empty(2, 0, COLUMNS), Precision.FULL);
    assertThat(y.shape()).isEqualTo(Shape.of(2, 0, ROWS));
  }

  @Test
  void the_memory_is_what_the_bits_and_scales_take() {
    Tensor codes = Tensor.zeros(256, 4096).to(DType.UINT8);
    Tensor scale = Tensor.ones(256, 64).to(DType.FLOAT16);
    assertThat(KernelWeight.of(codes, scale, scale, 3).bitsPerWeight()).isEqualTo(3.5);
    assertThat(KernelWeight.of(codes, scale, scale, 5).bitsPerWeight()).isEqualTo(5.5);
    scale = scale.to(DType.FLOAT32);
    assertThat(KernelWeight.of(codes, scale, scale, 3).bitsPerWeight())
        .isCloseTo(4.0, within(1e-9));
  }

  /// A layer over a kernel weight.
  private static final class Low extends Layer<Tensor, Tensor> {
    private final KernelWeight weight;

    Low(KernelWeight weight) {
      this.weight = weight;
    }

    @Override
    protected Tensor forward(Tensor x) {
      return weight.linear(x, Precision.FULL);
    }

    @Override
    protected Low twin() {
      return new Low(weight);
    }
  }

  @Test
  void it_works_in_scans_and_traces() {
    Parts parts = parts(3, DType.FLOAT16);
    KernelWeight weight = parts.weight();
    Tensor shape =
        weight.linear(ShapeOnly.of(Shape.of(5, COLUMNS), DType.BFLOAT16), Precision.FULL);
    assertThat(shape).isInstanceOf(ShapeOnly.class);
    assertThat(shape.shape()).isEqualTo(Shape.of(5, ROWS));
    assertThat(shape.dtype()).isEqualTo(DType.BFLOAT16);

    var net = Sequential.named().add("low", new Low(weight)).build();
    Tensor x = Tensor.randn(2, COLUMNS);
    record Seen(Tensor hidden, Tensor again) {}
    Seen seen =
        Model.of(net)
            .trace(
                x,
                t -> {
                  Tensor input = t.at("low").input().mul(2);
                  return new Seen(t.at("low").output(), weight.linear(input, Precision.FULL));
                });
    assertThat(seen.hidden().equal(weight.linear(x, Precision.FULL))).isTrue();
    assertThat(seen.again().equal(weight.linear(x.mul(2), Precision.FULL))).isTrue();
  }

  @Test
  void what_does_not_fit_is_refused() {
    Parts parts = parts(3, DType.FLOAT32);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelWeight.of(parts.codes(), parts.scale(), parts.zero(), 2))
        .withMessageContaining("code 7 has more than 2 bits");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelWeight.of(parts.codes(), parts.scale(), parts.zero(), 7))
        .withMessageContaining("1, 2, 3, 4, 5, 6 and 8 bits");
    Tensor broken = parts.zero().copy();
    broken.at(3, 2).set(Double.NaN);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelWeight.of(parts.codes(), parts.scale(), broken, 3))
        .withMessageContaining("zeros must be finite");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> KernelWeight.of(parts.codes(), Tensor.ones(ROWS, 12), Tensor.ones(ROWS, 12), 3))
        .withMessageContaining("groups of 16 columns");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KernelWeight.of(parts.codes(), parts.scale(), Tensor.ones(7, 6), 3))
        .withMessageContaining("zeros of 100 rows in 6 groups");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> parts.weight().linear(Tensor.ones(2, 100), Precision.FULL))
        .withMessageContaining("its last dimension must be 192");
  }
}
