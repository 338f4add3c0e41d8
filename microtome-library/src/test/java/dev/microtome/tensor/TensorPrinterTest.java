package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TensorPrinterTest {
  @Test
  void a_long_vector_is_summarised() {
    assertThat(Tensor.arange(2000))
        .hasToString("tensor([   0,    1,    2,  ..., 1997, 1998, 1999])");
  }

  @Test
  void a_thousand_numbers_are_not() {
    assertThat(Tensor.zeros(1000).toString()).doesNotContain("...").hasLineCount(42);
  }

  @Test
  void a_large_matrix_shows_its_corners() {
    assertThat(Tensor.arange(10000).reshape(100, 100))
        .hasToString(
            """
            tensor([[   0,    1,    2,  ...,   97,   98,   99],
                    [ 100,  101,  102,  ...,  197,  198,  199],
                    [ 200,  201,  202,  ...,  297,  298,  299],
                    ...,
                    [9700, 9701, 9702,  ..., 9797, 9798, 9799],
                    [9800, 9801, 9802,  ..., 9897, 9898, 9899],
                    [9900, 9901, 9902,  ..., 9997, 9998, 9999]])\
            """);
  }

  @Test
  void only_the_long_dimensions_are_cut() {
    assertThat(Tensor.zeros(2, 10, 60))
        .hasToString(
            """
            tensor([[[0., 0., 0.,  ..., 0., 0., 0.],
                     [0., 0., 0.,  ..., 0., 0., 0.],
                     [0., 0., 0.,  ..., 0., 0., 0.],
                     ...,
                     [0., 0., 0.,  ..., 0., 0., 0.],
                     [0., 0., 0.,  ..., 0., 0., 0.],
                     [0., 0., 0.,  ..., 0., 0., 0.]],

                    [[0., 0., 0.,  ..., 0., 0., 0.],
                     [0., 0., 0.,  ..., 0., 0., 0.],
                     [0., 0., 0.,  ..., 0., 0., 0.],
                     ...,
                     [0., 0., 0.,  ..., 0., 0., 0.],
                     [0., 0., 0.,  ..., 0., 0., 0.],
                     [0., 0., 0.,  ..., 0., 0., 0.]]])\
            """);
  }

  @Test
  void a_summary_reads_only_what_it_shows() {
    Tensor huge = Tensor.scalar(7, DType.INT8).expand(1L << 40, 1L << 20);

    assertThat(huge.toString()).startsWith("tensor([[7, 7, 7,  ..., 7, 7, 7],");
  }

  @Test
  void numbers_of_very_different_size_are_scientific() {
    assertThat(Tensor.of(1e-5f, 1f, 0f))
        .hasToString("tensor([1.0000e-05, 1.0000e+00, 0.0000e+00])");
    assertThat(Tensor.of(1f, 1001f)).hasToString("tensor([1.0000e+00, 1.0010e+03])");
    assertThat(Tensor.of(1f, 1000f)).hasToString("tensor([   1., 1000.])");
    assertThat(Tensor.of(-2e10f)).hasToString("tensor([-2.0000e+10])");
    assertThat(Tensor.of(1e-30, 1e300).toString())
        .isEqualTo("tensor([ 1.0000e-30, 1.0000e+300], dtype=torch.float64)");
  }

  @Test
  void numbers_that_are_not_finite_do_not_widen_the_others() {
    assertThat(Tensor.of(Float.NaN, 1.5f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY))
        .hasToString("tensor([   nan, 1.5000,    inf,   -inf])");
    assertThat(Tensor.of(0f, Float.POSITIVE_INFINITY)).hasToString("tensor([0., inf])");
    assertThat(Tensor.of(Float.NaN)).hasToString("tensor([nan])");
  }

  @Test
  void negative_zero_keeps_its_sign() {
    assertThat(Tensor.of(-0f, 0f)).hasToString("tensor([-0., 0.])");
    assertThat(Tensor.of(-0.00012f, -1f / 32)).hasToString("tensor([-0.0001, -0.0312])");
  }

  @Test
  void scalars_have_no_brackets() {
    assertThat(Tensor.scalar(5)).hasToString("tensor(5)");
    assertThat(Tensor.scalar(2.5)).hasToString("tensor(2.5000)");
    assertThat(Tensor.of(true).squeeze()).hasToString("tensor(True)");
  }

  @Test
  void dtypes_that_are_not_the_default_are_told() {
    assertThat(Tensor.of(true, false)).hasToString("tensor([ True, False])");
    assertThat(Tensor.of(1.5).to(DType.BFLOAT16))
        .hasToString("tensor([1.5000], dtype=torch.bfloat16)");
    assertThat(Tensor.of(1f, -448f).to(DType.FLOAT8_E4M3FN))
        .hasToString("tensor([   1., -448.], dtype=torch.float8_e4m3fn)");
    assertThat(Tensor.of(-3L).to(DType.UINT8)).hasToString("tensor([253], dtype=torch.uint8)");
    assertThat(Tensor.of(-1L).to(DType.UINT64))
        .hasToString("tensor([18446744073709551615], dtype=torch.uint64)");
  }

  @Test
  void complex_numbers_have_two_widths() {
    Tensor z = Ops.tensor("aten::complex", Tensor.of(1f, -2.5f), Tensor.of(-0.5f, 10f));

    assertThat(z).hasToString("tensor([ 1.0000-0.5000j, -2.5000+10.0000j])");
    assertThat(z.get(0)).hasToString("tensor(1.-0.5000j)");
    assertThat(Ops.tensor("aten::conj", z))
        .hasToString("tensor([ 1.0000+0.5000j, -2.5000-10.0000j])");
  }

  @Test
  void empty_tensors_tell_what_can_not_be_seen() {
    assertThat(Tensor.empty(0)).hasToString("tensor([])");
    assertThat(Tensor.empty(2, 0)).hasToString("tensor([], size=(2, 0))");
    assertThat(Tensor.empty(new Shape(0), DType.INT64))
        .hasToString("tensor([], dtype=torch.int64)");
  }

  @Test
  void meta_tensors_have_no_numbers() {
    assertThat(Device.META.run(() -> Tensor.empty(2, 3)))
        .hasToString("tensor(..., device='meta', size=(2, 3))");
    assertThat(Device.META.run(() -> Tensor.empty(new Shape(2), DType.INT64)))
        .hasToString("tensor(..., device='meta', size=(2,), dtype=torch.int64)");
  }

  @Test
  void gradients_are_told() {
    Tensor x = Tensor.of(1f, 2f).requiresGrad_(true);

    assertThat(x).hasToString("tensor([1., 2.], requires_grad=True)");
    assertThat(x.mul(x)).hasToString("tensor([1., 4.], grad_fn=<MulBackward0>)");
    assertThat(x.mul(x).detach()).hasToString("tensor([1., 4.])");
  }

  @Test
  void quantized_tensors_tell_their_grid() {
    Tensor q =
        Ops.tensor("aten::quantize_per_tensor", Tensor.of(0f, 1f, 2f), 0.1, 10, DType.QUINT8);

    assertThat(q)
        .hasToString(
            """
            tensor([0., 1., 2.], size=(3,), dtype=torch.quint8,
                   quantization_scheme=torch.per_tensor_affine, scale=0.1, zero_point=10)\
            """);
  }

  @Test
  void options_hold_for_a_block_and_end_with_it() {
    Tensor x = Tensor.of(1 / 3f, 1e-6f);

    String text =
        PrintOptions.with(PrintOptions.DEFAULT.withPrecision(2).withSciMode(false), x::toString);

    assertThat(text).isEqualTo("tensor([0.33, 0.00])");
    assertThat(x).hasToString("tensor([3.3333e-01, 1.0000e-06])");
  }

  @Test
  void options_of_the_process_can_be_set_and_set_back() {
    try {
      PrintOptions.setDefault(PrintOptions.SHORT);
      assertThat(Tensor.of(1.25f)).hasToString("tensor([1.25])");
    } finally {
      PrintOptions.setDefault(PrintOptions.DEFAULT);
    }
    assertThat(Tensor.of(1.25f)).hasToString("tensor([1.2500])");
  }

  @Test
  void no_edges_mean_no_numbers() {
    var none = PrintOptions.DEFAULT.withEdgeItems(0).withThreshold(2);

    assertThat(PrintOptions.with(none, () -> Tensor.zeros(2, 2).toString()))
        .isEqualTo("tensor([...], size=(2, 2))");
  }

  @Test
  void options_out_of_range_are_refused() {
    assertThatThrownBy(() -> PrintOptions.DEFAULT.withPrecision(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("precision -1");
  }

  @Test
  void printing_leaves_no_tensors_behind() {
    Tensor x = Tensor.zeros(100, 100);
    long before = Torch.liveBytes();

    assertThat(List.of(x.toString())).hasSize(1);

    assertThat(Torch.liveBytes()).isLessThanOrEqualTo(before);
  }
}
