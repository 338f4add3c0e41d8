package dev.microtome.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.TorchException;
import org.junit.jupiter.api.Test;

class ConvolutionTest {
  @Test
  void initialisation_draws_the_numbers_pytorch_draws() {
    Torch.manualSeed(0);
    new Conv2d(2, 3, 3);
    assertThat(Tensor.randn(1, 2, 5, 5).flatten().narrow(0, 0, 5).toDoubles())
        .containsExactly(new double[] {-0.4503, -0.5731, -0.5554, 0.5943, 1.5419}, within(5e-5));
  }

  @Test
  void weights_lie_within_their_bounds_and_fill_them() {
    Torch.manualSeed(0);
    var conv = new Conv2d(4, 64, 3);
    double bound = 1 / Math.sqrt(4 * 9);
    assertThat(conv.weight().detach().abs().max().item()).isBetween(0.98 * bound, bound);
    assertThat(conv.weight().shape()).isEqualTo(new Shape(64, 4, 3, 3));
  }

  @Test
  void descriptions_name_what_differs_from_the_default() {
    assertThat(new Conv2d(2, 3, 3)).hasToString("Conv2d(2, 3, kernel_size=(3, 3), stride=(1, 1))");
    var settings = ConvSettings.DEFAULT.withStride(2).withPadding(1, 0).withGroups(2).withoutBias();
    assertThat(new Conv2d(2, 4, new Shape(3, 1), settings))
        .hasToString(
            "Conv2d(2, 4, kernel_size=(3, 1), stride=(2, 2), padding=(1, 0), groups=2, bias=False)");
    assertThat(new Conv1d(1, 2, 3, ConvSettings.DEFAULT.withDilation(2)))
        .hasToString("Conv1d(1, 2, kernel_size=(3,), stride=(1,), dilation=(2,))");
    assertThat(new ConvTranspose2d(2, 1, 2, ConvSettings.DEFAULT.withStride(2)))
        .hasToString("ConvTranspose2d(2, 1, kernel_size=(2, 2), stride=(2, 2))");
  }

  @Test
  void a_convolution_slides_its_kernel() {
    var conv = new Conv1d(1, 1, 2, ConvSettings.DEFAULT.withoutBias());
    conv.weight().detach().copy_(Tensor.of(1f, -1f).reshape(1, 1, 2));
    Tensor out = conv.apply(Tensor.of(1f, 4f, 9f).reshape(1, 1, 3));
    assertThat(out.toDoubles()).containsExactly(-3, -5);
  }

  @Test
  void the_transpose_gives_back_the_size() {
    Tensor x = Tensor.ones(1, 2, 6, 6);
    var settings = ConvSettings.DEFAULT.withStride(2);
    Tensor small = new Conv2d(2, 3, 2, settings).apply(x);
    assertThat(small.shape()).isEqualTo(new Shape(1, 3, 3, 3));
    assertThat(new ConvTranspose2d(3, 2, 2, settings).apply(small).shape()).isEqualTo(x.shape());
    Tensor line = Tensor.ones(1, 3, 4);
    assertThat(new ConvTranspose1d(3, 2, 2, settings).apply(line).shape())
        .isEqualTo(new Shape(1, 2, 8));
    assertThat(new Conv2d(2, 3, 2, settings).copy().apply(x).shape()).isEqualTo(small.shape());
    assertThat(new Conv2d(2, 3, 2, settings).apply(ShapeOnly.of(x)).shape())
        .isEqualTo(small.shape());
  }

  @Test
  void impossible_settings_and_inputs_are_refused() {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new Conv2d(3, 4, 3, ConvSettings.DEFAULT.withGroups(2)))
        .withMessageContaining("2 groups do not divide 3");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> ConvSettings.DEFAULT.withStride(0));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new Conv2d(3, 4, new Shape(3, 3, 3), ConvSettings.DEFAULT));
    assertThatExceptionOfType(TorchException.class)
        .isThrownBy(() -> new Conv2d(3, 4, 3).apply(Tensor.ones(1, 2, 5, 5)))
        .withMessageContaining("in layer Conv2d");
  }

  @Test
  void the_same_padding_keeps_the_size_as_libtorch_does() {
    for (long kernel : new long[] {3, 4}) {
      for (long dilation : new long[] {1, 2}) {
        var settings = ConvSettings.DEFAULT.withDilation(dilation).withSamePadding();
        var conv = new Conv2d(2, 3, new Shape(kernel, 5), settings);
        Tensor x = Tensor.randn(2, 2, 9, 7);
        long[] one = {1, 1};
        Tensor expected =
            Ops.tensor(
                "aten::conv2d",
                x,
                conv.weight(),
                conv.bias(),
                one,
                "same",
                new long[] {dilation, dilation},
                1);
        assertThat(conv.apply(x).shape()).isEqualTo(new Shape(2, 3, 9, 7));
        assertThat(conv.apply(x).allClose(expected, 1e-5, 1e-6)).isTrue();
      }
    }
    var line = new Conv1d(1, 1, 2, ConvSettings.DEFAULT.withSamePadding());
    assertThat(line).hasToString("Conv1d(1, 1, kernel_size=(2,), stride=(1,), padding=same)");
    assertThat(line.apply(Tensor.ones(1, 1, 6)).shape()).isEqualTo(new Shape(1, 1, 6));
  }

  @Test
  void the_same_padding_has_no_steps_and_no_transpose() {
    var settings = ConvSettings.DEFAULT.withSamePadding();
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new Conv2d(1, 1, 3, settings.withStride(2)))
        .withMessageContaining("not supported for strided convolutions");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new ConvTranspose2d(1, 1, 3, settings))
        .withMessageContaining("no padding 'same'");
  }
}
