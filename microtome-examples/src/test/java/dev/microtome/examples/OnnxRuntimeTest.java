package dev.microtome.examples;

import static dev.microtome.quant.Quantizers.Int32Bias;
import static dev.microtome.quant.Quantizers.Int8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Int8WeightPerChannelFloat;
import static dev.microtome.quant.Quantizers.Int8WeightPerTensorFloat;
import static dev.microtome.quant.Quantizers.ShiftedUint8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Uint8ActPerTensorFloat;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.nn.AvgPool2d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Slot;
import dev.microtome.quant.ActSettings;
import dev.microtome.quant.PairSettings;
import dev.microtome.quant.QatSpec;
import dev.microtome.quant.QuantCat;
import dev.microtome.quant.QuantConv2d;
import dev.microtome.quant.QuantEltwiseAdd;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantLinear;
import dev.microtome.quant.QuantMultiheadAttention;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.QuantUpsample;
import dev.microtome.quant.Quantize;
import dev.microtome.quant.Quantizer;
import dev.microtome.quant.Rounding;
import dev.microtome.quant.TruncAdaptiveAvgPool2d;
import dev.microtome.quant.TruncAvgPool2d;
import dev.microtome.quant.WeightSettings;
import dev.microtome.quant.onnx.OnnxExport;
import dev.microtome.quant.onnx.OnnxFile;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.file.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Exported networks give in ONNX Runtime what they give here: no result is off by more than one
/// step of its grid, and 99.9 % are the same integers.
class OnnxRuntimeTest {
  private static final double EQUAL = 0.999;

  private record Expected(Path folder, Tensor input, Tensor output, double step) {}

  private static ActSettings act(Quantizer quantizer) {
    return ActSettings.of(quantizer).returningQuantTensor();
  }

  private static WeightSettings weights(Quantizer weight) {
    return WeightSettings.of(weight).withBias(Int32Bias).returningQuantTensor();
  }

  private static Sequential convolutions(Quantizer weight) {
    ConvSettings half = ConvSettings.DEFAULT.withStride(2).withPadding(1);
    return new Sequential(
        new QuantIdentity(act(Int8ActPerTensorFloat)),
        new QuantConv2d(3, 8, new Shape(3), half, weights(weight)),
        new QuantReLU(act(Uint8ActPerTensorFloat.withBits(4))),
        new QuantConv2d(
            8, 6, new Shape(3), ConvSettings.DEFAULT.withGroups(2), weights(weight.withBits(4))),
        new QuantReLU(act(Uint8ActPerTensorFloat)),
        new MaxPool2d(2),
        new Flatten(),
        new QuantLinear(24, 10, weights(Int8WeightPerTensorFloat)),
        new QuantIdentity(act(Int8ActPerTensorFloat)));
  }

  private static Sequential linear() {
    return new Sequential(
        new QuantIdentity(ActSettings.of(ShiftedUint8ActPerTensorFloat)),
        new QuantLinear(20, 30, WeightSettings.of(Int8WeightPerChannelFloat)),
        new QuantReLU(act(Uint8ActPerTensorFloat.withBits(5))),
        new QuantLinear(30, 12, weights(Int8WeightPerTensorFloat.withBits(3))),
        new QuantIdentity(act(Int8ActPerTensorFloat)));
  }

  /// A plain network, exchanged in slots.
  private static Sequential exchanged() {
    var network =
        new Sequential(
            new Conv2d(3, 6, 3),
            new ReLU(),
            new AvgPool2d(2),
            new Conv2d(6, 4, 3),
            new Identity<>());
    QatSpec spec = QatSpec.integers(6);
    Quantize.qat(
        network, spec.put(Identity.class, _ -> new QuantIdentity(act(Int8ActPerTensorFloat))));
    return network;
  }

  /// `last(pool(relu(conv(x) + x)))`.
  private static final class Residual extends Layer<Tensor, Tensor> {
    private final Slot<Tensor, Tensor> first =
        slot("first", new QuantIdentity(act(Int8ActPerTensorFloat)));
    private final Slot<Tensor, Tensor> conv =
        slot(
            "conv",
            new QuantConv2d(
                3,
                3,
                new Shape(3),
                ConvSettings.DEFAULT.withPadding(1),
                weights(Int8WeightPerChannelFloat)));
    private final QuantEltwiseAdd add =
        child("add", new QuantEltwiseAdd(PairSettings.DEFAULT.returningQuantTensor()));
    private final Slot<Tensor, Tensor> relu =
        slot("relu", new QuantReLU(act(Uint8ActPerTensorFloat)));
    private final Slot<Tensor, Tensor> pool = slot("pool", new AvgPool2d(2));
    private final Slot<Tensor, Tensor> last =
        slot("last", new QuantIdentity(act(Int8ActPerTensorFloat)));

    @Override
    protected Tensor forward(Tensor x) {
      Tensor in = first.apply(x);
      Tensor sum = add.apply(new QuantEltwiseAdd.Input(conv.apply(in), in));
      return last.apply(pool.apply(relu.apply(sum)));
    }
  }

  /// `last(cat(up(pool(x)), conv(x)))`, with an even kernel that is padded to the same size.
  private static final class Joined extends Layer<Tensor, Tensor> {
    private final Slot<Tensor, Tensor> first =
        slot("first", new QuantIdentity(act(Int8ActPerTensorFloat)));
    private final Slot<Tensor, Tensor> conv =
        slot(
            "conv",
            new QuantConv2d(
                3,
                2,
                new Shape(4),
                ConvSettings.DEFAULT.withSamePadding(),
                WeightSettings.of(Int8WeightPerChannelFloat)));
    private final Slot<Tensor, Tensor> pool = slot("pool", new TruncAvgPool2d(2));
    private final Slot<Tensor, Tensor> up = slot("up", new QuantUpsample(2));
    private final QuantCat cat =
        child("cat", new QuantCat(PairSettings.DEFAULT.returningQuantTensor()));

    @Override
    protected Tensor forward(Tensor x) {
      Tensor in = first.apply(x);
      Tensor large = up.apply(pool.apply(in));
      return cat.apply(new QuantCat.Input(List.of(large, conv.apply(in)), 1));
    }
  }

  /// Cuts bits off twice, also to few and downwards; a convolution in steps, padded to the same.
  private static Sequential truncating() {
    var half = ConvSettings.DEFAULT.withStride(2).withSamePadding();
    return new Sequential(
        new QuantIdentity(act(Int8ActPerTensorFloat)),
        new QuantConv2d(3, 6, new Shape(3), half, WeightSettings.of(Int8WeightPerTensorFloat)),
        new QuantReLU(act(Uint8ActPerTensorFloat)),
        new TruncAvgPool2d(new Shape(2, 2), new Shape(2, 2), new Shape(0, 0), 7, Rounding.FLOOR),
        new TruncAdaptiveAvgPool2d(2, 2));
  }

  private static final class Attending extends Layer<Tensor, Tensor> {
    private final QuantMultiheadAttention attention =
        child("attention", new QuantMultiheadAttention(12, 3));
    private final Slot<Tensor, Tensor> last =
        slot("last", new QuantIdentity(act(Int8ActPerTensorFloat)));

    @Override
    protected Tensor forward(Tensor x) {
      return last.apply(attention.apply(QuantMultiheadAttention.Input.self(x)).x());
    }
  }

  private static Expected export(Path folder, Layer<Tensor, Tensor> network, Shape shape)
      throws IOException {
    Grad.off(() -> {
      for (int i = 0; i < 5; i++) {
        network.apply(Tensor.randn(shape)); // finds ranges
      }
    });
    network.eval();
    Tensor input = Tensor.randn(shape);
    QuantTensor output = QuantTensor.of(Grad.off(() -> network.apply(input)));
    Files.createDirectories(folder);
    OnnxFile.write(OnnxExport.qcdq(network, input), folder.resolve("model.onnx"));
    return new Expected(folder, input, output.value().flatten(), output.scale().item());
  }

  /// The example in its short form; it says itself what its file must give.
  private static Expected digits(Path folder) throws IOException {
    int threads = Torch.threads();
    PrintStream before = System.out;
    var printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      QuantizedDigits.main(new String[] {"--epochs", "2", "--out", folder.toString()});
    } finally {
      System.setOut(before);
      Torch.threads(threads);
    }
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains(
            "conv2   Conv2d → QuantConv2d, on the grid of relu1", "accuracy in integers alone")
        .containsPattern("floating point [789]\\d\\.\\d %, .*trained so [789]\\d\\.\\d %");
    assertThat(Files.readString(folder.resolve("curve.svg"))).contains("4 bits");
    Files.move(folder.resolve("digits.onnx"), folder.resolve("model.onnx"));
    Map<String, Tensor> test = Safetensors.open(folder.resolve("test.safetensors")).tensors();
    return new Expected(
        folder, test.get("images"), test.get("logits").flatten(), test.get("step").item());
  }

  @Test
  void exported_networks_give_the_same_integers(@TempDir Path dir) throws Exception {
    Torch.manualSeed(5);
    var expected = new LinkedHashMap<String, Expected>();
    Shape images = new Shape(40, 3, 11, 11);
    expected.put("digits", digits(dir.resolve("digits")));
    expected.put(
        "per tensor", export(dir.resolve("t"), convolutions(Int8WeightPerTensorFloat), images));
    expected.put(
        "per channel", export(dir.resolve("c"), convolutions(Int8WeightPerChannelFloat), images));
    expected.put("linear", export(dir.resolve("l"), linear(), new Shape(100, 20)));
    expected.put("residual", export(dir.resolve("r"), new Residual(), new Shape(10, 3, 8, 8)));
    expected.put("exchanged", export(dir.resolve("e"), exchanged(), images));
    expected.put("joined", export(dir.resolve("j"), new Joined(), new Shape(20, 3, 8, 8)));
    expected.put("truncating", export(dir.resolve("b"), truncating(), new Shape(60, 3, 16, 15)));
    expected.put("attending", export(dir.resolve("a"), new Attending(), new Shape(30, 8, 12)));
    List<Expected> all = new ArrayList<>(expected.values());
    List<Tensor> got =
        OnnxRuntime.run(
            all.stream().map(Expected::folder).toList(),
            all.stream().map(Expected::input).toList());
    int i = 0;
    for (var entry : expected.entrySet()) {
      Expected wanted = entry.getValue();
      Tensor steps = got.get(i++).sub(wanted.output()).abs().div(wanted.step());
      assertThat(wanted.output().unique().numel()).as(entry.getKey()).isGreaterThan(20);
      assertThat(steps.max().item()).as(entry.getKey()).isLessThan(1.01);
      assertThat(steps.lt(0.01).to(dev.microtome.tensor.DType.FLOAT32).mean().item())
          .as(entry.getKey())
          .isGreaterThanOrEqualTo(EQUAL);
    }
  }
}
