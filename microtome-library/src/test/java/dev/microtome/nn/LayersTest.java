package dev.microtome.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayersTest {
  private static final Tensor X = Tensor.of(-2f, -0.5f, 0f, 0.5f, 3f);

  @Test
  void leaves_describe_themselves_as_pytorch_does() {
    assertThat(
            List.of(
                new Dropout(0.1).toString(),
                new LayerNorm(new Shape(4, 8), 1e-12, false).toString(),
                new RmsNorm(64, 1e-6).toString(),
                new BatchNorm2d(3).toString(),
                new GroupNorm(3, 6).toString(),
                new Embedding(10, 3, 0).toString(),
                new Conv1D(144, 48).toString(),
                new MaxPool2d(2).toString(),
                new AvgPool2d(3, 1, 1).toString(),
                new AdaptiveAvgPool2d(1).toString(),
                new AdaptiveAvgPool2d(2, 3).toString(),
                new Flatten().toString(),
                new GELU(true).toString(),
                new Softmax(-1).toString(),
                new Hardtanh().toString(),
                new LeakyReLU().toString(),
                new Identity<Tensor>().toString(),
                new Sequential().toString(),
                new LayerList<>(List.<Linear>of()).toString()))
        .containsExactly(
            "Dropout(p=0.1, inplace=False)",
            "LayerNorm((4, 8), eps=1e-12, elementwise_affine=False)",
            "RMSNorm((64,), eps=1e-06, elementwise_affine=True)",
            "BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
            "GroupNorm(3, 6, eps=1e-05, affine=True)",
            "Embedding(10, 3, padding_idx=0)",
            "Conv1D(nf=144, nx=48)",
            "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)",
            "AvgPool2d(kernel_size=3, stride=1, padding=1)",
            "AdaptiveAvgPool2d(output_size=1)",
            "AdaptiveAvgPool2d(output_size=(2, 3))",
            "Flatten(start_dim=1, end_dim=-1)",
            "GELU(approximate='tanh')",
            "Softmax(dim=-1)",
            "Hardtanh(min_val=-1.0, max_val=1.0)",
            "LeakyReLU(negative_slope=0.01)",
            "Identity()",
            "Sequential()",
            "ModuleList()");
  }

  @Test
  void numbers_print_as_python_prints_them() {
    assertThat(List.of(0.1, 1.0, 1e-5, 1.5e-7, 1e16, 123456.0, 0.0001, -2.0, 0.0))
        .extracting(PythonFormat::of)
        .containsExactly(
            "0.1", "1.0", "1e-05", "1.5e-07", "1e+16", "123456.0", "0.0001", "-2.0", "0.0");
  }

  @Test
  void a_named_sequence_prints_its_names() {
    Sequential net =
        Sequential.named()
            .add("layer1", new Linear(5, 10))
            .add("layer2", new Linear(10, 2))
            .build();
    assertThat(net)
        .hasToString(
            """
            Sequential(
              (layer1): Linear(in_features=5, out_features=10, bias=True)
              (layer2): Linear(in_features=10, out_features=2, bias=True)
            )\
            """);
    assertThat(net.copy().apply(Tensor.ones(1, 5)).shape()).isEqualTo(new Shape(1, 2));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Sequential.named().add("a.b", new ReLU()).build());
  }

  @Test
  void activations_follow_their_formulas() {
    for (double x : X.toDoubles()) {
      Tensor t = Tensor.of(x);
      double tanh = 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
      double sigmoid = 1 / (1 + Math.exp(-x));
      near(new ReLU().apply(t), Math.max(0, x));
      near(new NewGELUActivation().apply(t), tanh);
      near(new GELU(true).apply(t), tanh);
      near(new SiLU().apply(t), x * sigmoid);
      near(new Sigmoid().apply(t), sigmoid);
      near(new Tanh().apply(t), Math.tanh(x));
      near(new Hardtanh(-1, 2).apply(t), Math.clamp(x, -1, 2));
      near(new LeakyReLU(0.2).apply(t), x < 0 ? 0.2 * x : x);
    }
    near(new GELU().apply(Tensor.of(1.0)), 0.8413447460685429);
    assertThat(new Softmax(0).apply(X).sum().item()).isCloseTo(1, within(1e-6));
    assertThat(new LogSoftmax(0).apply(X).exp().allClose(new Softmax(0).apply(X), 1e-5, 1e-6))
        .isTrue();
  }

  private static void near(Tensor actual, double expected) {
    assertThat(actual.item()).isCloseTo(expected, within(1e-12));
  }

  @Test
  void dropout_scales_what_it_keeps_and_rests_in_eval() {
    Torch.manualSeed(0);
    var dropout = new Dropout(0.25);
    Tensor x = Tensor.ones(1000);
    Tensor out = dropout.apply(x);
    assertThat(out.max().item()).isCloseTo(1 / 0.75, within(1e-6));
    assertThat(out.eq(0).sum().item()).isBetween(180.0, 320.0);
    dropout.eval();
    assertThat(dropout.apply(x)).isSameAs(x);
    assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> new Dropout(1.5));
  }

  @Test
  void norms_bring_numbers_to_scale() {
    Tensor rows = Tensor.of(new float[][] {{1, 2, 3}, {-4, 0, 40}});
    assertThat(new LayerNorm(3).apply(rows).mean(1, false).abs().max().item()).isLessThan(1e-6);
    Tensor rms = new RmsNorm(3, 0).apply(rows).square().mean(1, false);
    assertThat(rms.allClose(Tensor.ones(2), 1e-5, 1e-5)).isTrue();
    Tensor grouped = new GroupNorm(2, 4).apply(Tensor.randn(2, 4, 5));
    assertThat(grouped.reshape(4, -1).mean(1, false).abs().max().item()).isLessThan(1e-5);
  }

  @Test
  void batch_norm_remembers_what_it_saw_while_training() {
    Torch.manualSeed(0);
    var norm = new BatchNorm2d(2);
    Tensor x = Tensor.randn(8, 2, 3, 3).mul(2).add(5);
    Tensor out = norm.apply(x);
    assertThat(out.mean().item()).isCloseTo(0, within(1e-5));
    double mean = x.mean(0, 2, 3).get(0).item();
    assertThat(norm.tensor("running_mean").get(0).item()).isCloseTo(0.1 * mean, within(1e-5));
    assertThat(norm.apply(ShapeOnly.of(x)).shape()).isEqualTo(x.shape());
    assertThat(norm.tensor("num_batches_tracked").itemLong()).isEqualTo(1);
    assertThat(norm.tensor("running_mean").get(0).item()).isCloseTo(0.1 * mean, within(1e-5));
    norm.eval();
    assertThat(norm.apply(x).mean().item()).isGreaterThan(3);
    norm.to(DType.FLOAT64);
    assertThat(norm.tensor("num_batches_tracked").dtype()).isEqualTo(DType.INT64);
    assertThat(norm.stateDict().keySet())
        .containsExactly("weight", "bias", "running_mean", "running_var", "num_batches_tracked");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> norm.apply(Tensor.ones(2, 2)));
  }

  @Test
  void embeddings_look_rows_up_and_padding_learns_nothing() {
    var table = new Embedding(5, 2, 1);
    Tensor out = table.apply(Tensor.of(1L, 3L, 1L));
    assertThat(out.detach().get(0).toDoubles()).containsExactly(0, 0);
    out.sum().backward();
    assertThat(table.weight().grad().get(1).toDoubles()).containsExactly(0, 0);
    assertThat(table.weight().grad().get(3).toDoubles()).containsExactly(1, 1);
    assertThatExceptionOfType(RuntimeException.class)
        .isThrownBy(() -> table.apply(Tensor.of(5L)))
        .withMessageContaining("out of range");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new Embedding(5, 2, 5));
  }

  @Test
  void gpt2s_conv1d_is_a_linear_layer_with_a_turned_weight() {
    var conv = new Conv1D(3, 2);
    var linear = new Linear(2, 3);
    linear.weight().detach().copy_(conv.weight());
    linear.tensor("bias").detach().copy_(conv.bias());
    Tensor x = Tensor.randn(4, 5, 2);
    assertThat(conv.apply(x).allClose(linear.apply(x), 1e-6, 1e-6)).isTrue();
    assertThat(conv.apply(x.get(0, 0, "None")).shape()).isEqualTo(new Shape(1, 3));
    assertThat(conv.tensor("weight").shape()).isEqualTo(new Shape(2, 3));
  }

  @Test
  void pooling_and_flattening_change_shapes() {
    Tensor x = Tensor.arange(16).reshape(1, 1, 4, 4).to(DType.FLOAT32);
    assertThat(new MaxPool2d(2).apply(x).toDoubles()).containsExactly(5, 7, 13, 15);
    assertThat(new AvgPool2d(2).apply(x).toDoubles()).containsExactly(2.5, 4.5, 10.5, 12.5);
    assertThat(new AdaptiveAvgPool2d(1).apply(x).item()).isEqualTo(7.5);
    assertThat(new Flatten().apply(x).shape()).isEqualTo(new Shape(1, 16));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new MaxPool2d(2, 2, 2));
  }

  @Test
  void the_same_seed_begins_with_pytorchs_numbers() {
    Torch.manualSeed(0);
    var linear = new Linear(2, 3);
    assertThat(linear.weight().detach().toDoubles())
        .containsExactly(
            new double[] {-0.0053, 0.3793, -0.5820, -0.5204, -0.2723, 0.1896}, within(5e-5));
    assertThat(linear.tensor("bias").detach().toDoubles())
        .containsExactly(new double[] {-0.0140, 0.5607, -0.0628}, within(5e-5));
    Torch.manualSeed(0);
    assertThat(new Embedding(2, 3).weight().detach().toDoubles())
        .containsExactly(
            new double[] {1.5410, -0.2934, -2.1788, 0.5684, -1.0845, -1.3986}, within(5e-5));
  }

  @Test
  void initialisers_have_their_spread() {
    Torch.manualSeed(0);
    Tensor t = Tensor.empty(200, 100);
    assertThat(Init.xavierUniform_(t).abs().max().item())
        .isCloseTo(Math.sqrt(6.0 / 300), within(1e-4));
    assertThat(Init.kaimingNormal_(t).std().item()).isCloseTo(Math.sqrt(0.02), within(1e-3));
    assertThat(Init.xavierNormal_(t).std().item()).isCloseTo(Math.sqrt(2.0 / 300), within(1e-3));
    assertThat(Init.ones_(t).sum().item()).isEqualTo(20000);
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Init.xavierUniform_(Tensor.empty(3)));
  }
}
