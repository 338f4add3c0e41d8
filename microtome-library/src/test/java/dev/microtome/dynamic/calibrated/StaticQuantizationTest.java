package dev.microtome.dynamic.calibrated;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.dynamic.Outcome;
import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Conv1d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Slot;
import dev.microtome.nn.Tanh;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.trace.Model;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StaticQuantizationTest {
  @BeforeEach
  void seed() {
    Torch.manualSeed(1);
  }

  private static Sequential convNet() {
    var same = ConvSettings.DEFAULT.withPadding(1);
    var net =
        Sequential.named()
            .add("conv1", new Conv2d(1, 8, 3, same.withoutBias()))
            .add("norm1", new BatchNorm2d(8))
            .add("relu1", new ReLU())
            .add("pool", new MaxPool2d(2))
            .add("conv2", new Conv2d(8, 16, 3, same.withStride(2)))
            .add("relu2", new ReLU())
            .add("flat", new Flatten())
            .add("head", new Linear(64, 10))
            .build();
    for (int i = 0; i < 4; i++) net.apply(Tensor.randn(16, 1, 8, 8).add(0.3)); // running averages
    net.eval();
    return net;
  }

  private static List<Tensor> batches() {
    var batches = new ArrayList<Tensor>();
    for (int i = 0; i < 4; i++) batches.add(Tensor.randn(16, 1, 8, 8).add(0.3));
    return batches;
  }

  private static Tensor run(Layer<Tensor, Tensor> net, Tensor x) {
    return Grad.off(() -> net.apply(x));
  }

  private static double decibels(Tensor wanted, Tensor got) {
    double noise = got.sub(wanted).square().sum().item();
    return 10 * Math.log10(wanted.square().sum().item() / noise);
  }

  @Test
  void a_convolution_network_stays_close_and_the_original_as_it_was() {
    Sequential net = convNet();
    String before = net.toString();
    var told = new ArrayList<Integer>();
    var result =
        StaticQuantization.apply(
            net, StaticSpec.DEFAULT, batches(), (done, all) -> told.add(10 * all + done));
    assertThat(told).containsExactly(41, 42, 43, 44);
    assertThat(net.toString()).isEqualTo(before);
    Tensor x = Tensor.randn(32, 1, 8, 8).add(0.3);
    assertThat(decibels(run(net, x), run(result.network(), x))).isBetween(20.0, 60.0);
    assertThat(result.leftFloat()).isEmpty();
    assertThat(result.outcomes().stream().map(Outcome::path))
        .containsExactly("conv1", "norm1", "conv2", "head");
    assertThat(result.bytesAfter()).isLessThan(result.bytesBefore() / 2);
    assertThat(result.report()).contains("folded into 'conv1'", "with its ReLU");
    assertThat(result.network().toString())
        .contains("(conv1): QuantizedConv2dReLU(1, 8, kernel_size=(3, 3)", "(norm1): Identity()");
    Tensor copied = run((Sequential) result.network().copy(), x);
    assertThat(copied.equal(run(result.network(), x))).isTrue();
  }

  @Test
  void layers_hand_whole_numbers_on_and_the_last_one_gives_plain_ones() {
    Sequential quantized = StaticQuantization.of(convNet(), StaticSpec.DEFAULT, batches());
    var seen = new ArrayList<Object>();
    quantized
        .layer("pool")
        .onInput((_, in) -> {
          seen.add(in);
          return in;
        });
    quantized
        .layer("head")
        .onInput((_, in) -> {
          seen.add(in);
          return in;
        });
    Tensor out = run(quantized, batches().getFirst());
    assertThat(seen).hasSize(2).allSatisfy(in -> assertThat(in).isInstanceOf(GridTensor.class));
    assertThat(out).isNotInstanceOf(GridTensor.class);
  }

  /// Each kernel against its own dequantized weight on dequantized input, within a step.
  @Test
  void kernels_are_within_one_step_of_the_dequantized_product_on_every_engine() {
    for (QuantizedEngine engine : QuantizedEngine.values()) {
      check(engine, new Linear(40, 24), Tensor.randn(64, 40));
      check(engine, new Conv2d(6, 9, 3), Tensor.randn(4, 6, 9, 7));
      var grouped = ConvSettings.DEFAULT.withGroups(2).withPadding(1).withDilation(2);
      check(engine, new Conv2d(6, 8, 3, grouped), Tensor.randn(4, 6, 9, 7));
      if (engine != QuantizedEngine.QNNPACK) {
        check(engine, new Conv1d(6, 9, 3), Tensor.randn(4, 6, 20));
      }
    }
  }

  private static void check(QuantizedEngine engine, Layer<Tensor, Tensor> layer, Tensor x) {
    for (boolean relu : new boolean[] {false, true}) {
      var net =
          Sequential.named().add("it", layer).add("act", relu ? new ReLU() : new Tanh()).build();
      net.eval();
      var spec = StaticSpec.DEFAULT.on(engine);
      var calibration = StaticQuantization.prepare(net, spec);
      StaticQuantization.run(calibration, List.of(x), (_, _) -> {});
      StaticLayer quantized = calibration.layer("it");
      var in = quantized.grids().in();
      Tensor grid = Ops.tensor("aten::dequantize", in.quantize(x));
      Tensor w = Ops.tensor("aten::dequantize", quantized.quantizedWeight());
      Tensor wanted = relu ? product(layer, grid, w).relu() : product(layer, grid, w);
      double step = quantized.grids().out().wholeScale();
      assertThat(run(quantized, x).sub(wanted).abs().max().item())
          .as("%s %s", engine, quantized)
          .isLessThanOrEqualTo(1.001 * step);
      assertThat(run(quantized, x).min().item() >= 0).isEqualTo(relu);
    }
  }

  private static Tensor product(Layer<Tensor, Tensor> layer, Tensor x, Tensor weight) {
    var copy = layer.copy();
    copy.load(
        java.util.Map.of(
            "weight", weight, "bias", java.util.Objects.requireNonNull(layer.tensor("bias"))));
    return run(copy, x);
  }

  /// A residual block, whose sum is computed on plain numbers.
  private static final class Block extends Layer<Tensor, Tensor> {
    private final Slot<Tensor, Tensor> first =
        slot("first", new Conv2d(4, 4, 3, ConvSettings.DEFAULT.withPadding(1)));
    private final Slot<Tensor, Tensor> norm = slot("norm", new BatchNorm2d(4));
    private final Slot<Tensor, Tensor> act = slot("act", new ReLU());
    private final Slot<Tensor, Tensor> second =
        slot("second", new Conv2d(4, 4, 3, ConvSettings.DEFAULT.withPadding(1)));

    @Override
    protected Tensor forward(Tensor x) {
      Tensor inside = act.apply(norm.apply(first.apply(x)));
      return Tensor.cat(List.of(x.add(second.apply(inside)), inside), 1).mean(2, 3);
    }

    @Override
    protected Block twin() {
      return new Block();
    }
  }

  @Test
  void any_operation_may_stand_between_quantized_layers() {
    var net = new Block();
    net.eval();
    Tensor x = Tensor.randn(8, 4, 6, 6);
    Tensor wanted = run(net, x);
    var fused = StaticSpec.DEFAULT.fusing("first", "norm", "act");
    var quantized = StaticQuantization.of(net, fused, List.of(x));
    assertThat(quantized.layer("act")).isInstanceOf(Identity.class);
    assertThat(quantized.layer("first").toString()).startsWith("QuantizedConv2dReLU");
    assertThat(((StaticLayer) quantized.layer("first")).grids().handsOn()).isTrue();
    assertThat(((StaticLayer) quantized.layer("second")).grids().handsOn()).isFalse();
    assertThat(decibels(wanted, run(quantized, x))).isGreaterThan(25);
    var plain = StaticQuantization.apply(net, StaticSpec.DEFAULT, List.of(x), (_, _) -> {});
    assertThat(plain.leftFloat())
        .singleElement()
        .satisfies(left -> assertThat(left.path()).isEqualTo("norm"));
    assertThat(decibels(wanted, run(plain.network(), x))).isGreaterThan(20);
  }

  @Test
  void traces_read_and_change_what_passes_between_quantized_layers() {
    Sequential quantized = StaticQuantization.of(convNet(), StaticSpec.DEFAULT, batches());
    Tensor x = batches().getFirst();
    var model = Model.of(quantized);
    Tensor hidden = Grad.off(() -> model.trace(x, t -> t.at("conv2").output()));
    assertThat(hidden.shape()).isEqualTo(new Shape(16, 16, 2, 2));
    assertThat(hidden.min().item()).isZero();
    Tensor head =
        Grad.off(() ->
            model.trace(
                x,
                t -> {
                  t.at("conv2").output(t.at("conv2").output().mul(0));
                  return t.at("head").output();
                }));
    Tensor zeros = run((StaticLinear) quantized.layer("head"), Tensor.zeros(16, 64));
    assertThat(head.allClose(zeros, 0, 1e-6)).isTrue();
  }

  @Test
  void shapes_are_told_without_numbers() {
    Sequential net = convNet();
    Sequential quantized = StaticQuantization.of(net, StaticSpec.DEFAULT, batches());
    Tensor x = ShapeOnly.of(new Shape(3, 1, 8, 8), DType.FLOAT32);
    assertThat(quantized.apply(x).shape()).isEqualTo(new Shape(3, 10));
  }

  @Test
  void what_is_left_out_stays_and_says_why() {
    var spec = StaticSpec.DEFAULT.without("conv2");
    var result = StaticQuantization.apply(convNet(), spec, batches(), (_, _) -> {});
    assertThat(result.leftFloat())
        .singleElement()
        .satisfies(left -> assertThat(left.reason()).isEqualTo("was not named"));
    assertThat(result.network().layer("conv2")).isInstanceOf(Conv2d.class);
    Tensor x = batches().getFirst();
    assertThat(run(result.network(), x).isFinite().all().toBooleans()[0]).isTrue();
  }

  @Test
  void bad_data_is_refused_with_the_layer_and_the_batch() {
    Sequential net = convNet();
    assertThatThrownBy(() -> StaticQuantization.of(net, StaticSpec.DEFAULT, List.<Tensor>of()))
        .isInstanceOf(CalibrationException.class)
        .hasMessageContaining("no data");
    Tensor broken = Tensor.randn(2, 1, 8, 8);
    broken.at(1, 0, 3, 3).set(Float.NaN);
    assertThatThrownBy(() ->
            StaticQuantization.of(net, StaticSpec.DEFAULT, List.of(batches().getFirst(), broken)))
        .isInstanceOfSatisfying(
            CalibrationException.class, it -> assertThat(it.path()).isEqualTo("conv1"))
        .hasMessageContaining("batch 1")
        .hasMessageContaining("NaN");
    assertThatThrownBy(
            () -> StaticQuantization.of(net, StaticSpec.DEFAULT, List.of(Tensor.randn(2, 3, 8, 8))))
        .isInstanceOf(CalibrationException.class)
        .hasMessageContaining("batch 0");
    assertThatThrownBy(
            () -> StaticQuantization.of(net, StaticSpec.DEFAULT, List.of(Tensor.zeros(2, 1, 8, 8))))
        .isInstanceOfSatisfying(
            CalibrationException.class, it -> assertThat(it.path()).isEqualTo("conv1"))
        .hasMessageContaining("nothing but zeros");
  }

  @Test
  void a_layer_that_was_not_reached_is_named() {
    var calibration = StaticQuantization.prepare(convNet(), StaticSpec.DEFAULT);
    assertThatThrownBy(calibration::convert)
        .isInstanceOf(CalibrationException.class)
        .hasMessageContaining("did not reach")
        .hasMessageContaining("conv2");
  }

  @Test
  void input_that_kernels_would_misread_is_refused() {
    Sequential quantized = StaticQuantization.of(convNet(), StaticSpec.DEFAULT, batches());
    for (Tensor wrong :
        List.of(
            Tensor.randn(2, 3, 8, 8),
            Tensor.randn(1, 8, 8),
            Tensor.randn(2, 1, 0, 8),
            Tensor.randn(2, 1, 8, 8).to(DType.FLOAT64),
            Tensor.full(new Shape(2, 1, 8, 8), Double.NaN, DType.FLOAT32))) {
      assertThatThrownBy(() -> run(quantized, wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("conv1");
    }
    assertThatThrownBy(() -> StaticQuantization.of(new Linear(2, 2), StaticSpec.DEFAULT, List.of()))
        .hasMessageContaining("put it into a Sequential");
  }

  /// One ReLU for two layers, as programs in Python have it.
  private static final class OneRelu extends Layer<Tensor, Tensor> {
    private final Slot<Tensor, Tensor> first = slot("first", new Linear(4, 4));
    private final Slot<Tensor, Tensor> second = slot("second", new Linear(4, 4));
    private final Slot<Tensor, Tensor> relu = slot("relu", new ReLU());

    @Override
    protected Tensor forward(Tensor x) {
      return relu.apply(second.apply(relu.apply(first.apply(x))));
    }

    @Override
    protected OneRelu twin() {
      return new OneRelu();
    }
  }

  @Test
  void a_relu_of_two_layers_is_part_of_neither() {
    var net = new OneRelu();
    net.eval();
    List<Tensor> data = List.of(Tensor.randn(16, 4));
    assertThatThrownBy(
            () -> StaticQuantization.of(net, StaticSpec.DEFAULT.fusing("first", "relu"), data))
        .isInstanceOfSatisfying(
            CalibrationException.class, it -> assertThat(it.path()).isEqualTo("first"))
        .hasMessageContaining("also reads something else");
    Tensor got = run(StaticQuantization.of(net, StaticSpec.DEFAULT, data), data.getFirst());
    assertThat(decibels(run(net, data.getFirst()), got)).isGreaterThan(20);
  }

  @Test
  void fusing_what_does_not_fit_is_refused() {
    assertThatThrownBy(
            () -> StaticQuantization.prepare(convNet(), StaticSpec.DEFAULT.fusing("conv1", "pool")))
        .hasMessageContaining("can't be fused");
  }
}
