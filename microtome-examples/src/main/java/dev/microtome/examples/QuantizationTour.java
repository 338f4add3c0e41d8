package dev.microtome.examples;

import static dev.microtome.quant.Quantizers.Int32Bias;
import static dev.microtome.quant.Quantizers.Int8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Int8WeightPerChannelFloat;
import static dev.microtome.quant.Quantizers.Uint8ActPerTensorFloat;

import dev.microtome.nn.Flatten;
import dev.microtome.nn.Linear;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.quant.ActSettings;
import dev.microtome.quant.QatReport;
import dev.microtome.quant.QatSpec;
import dev.microtome.quant.QuantConv2d;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantLinear;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.Quantize;
import dev.microtome.quant.WeightSettings;
import dev.microtome.quant.integer.IntegerNetwork;
import dev.microtome.quant.onnx.OnnxExport;
import dev.microtome.quant.onnx.OnnxFile;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// The README's lines on quantization-aware training, in order.
public final class QuantizationTour {
  private QuantizationTour() {}

  public static void main(String[] args) throws IOException {
    Torch.manualSeed(0);
    var settings = WeightSettings.of(Int8WeightPerChannelFloat.withBits(4)).withBias(Int32Bias);
    var net =
        new Sequential(
            new QuantIdentity(ActSettings.of(Int8ActPerTensorFloat).returningQuantTensor()),
            new QuantConv2d(3, 16, 3, settings.returningQuantTensor()),
            new QuantReLU(
                ActSettings.of(Uint8ActPerTensorFloat.withBits(4)).returningQuantTensor()),
            new Flatten(),
            new QuantLinear(16 * 30 * 30, 10, settings));
    Tensor logits = net.apply(Tensor.randn(8, 3, 32, 32));
    Tensor q = QuantTensor.of(net.get(0).apply(Tensor.randn(1, 3, 32, 32))).integers();
    System.out.println(Uint8ActPerTensorFloat.describe());

    System.out.println(logits.shape() + " " + q.dtype() + " " + q.shape());
    exchanged();
    Path folder = Files.createTempDirectory("quantization-tour");
    outside(net, Tensor.randn(1, 3, 32, 32), folder);
    try (var files = Files.list(folder)) {
      files.sorted().forEach(file -> System.out.println(file.getFileName()));
    }
  }

  private static void exchanged() {
    var network =
        Sequential.named()
            .add("hidden", new Linear(8, 16))
            .add("relu", new ReLU())
            .add("head", new Linear(16, 2))
            .build();
    Map<String, Tensor> checkpoint = network.stateDict();
    QatReport report = Quantize.qat(network, QatSpec.weightsAndInputs(8).except("head"));
    System.out.println(report);
    Quantize.loadFloat(network, checkpoint);
  }

  private static void outside(Sequential net, Tensor images, Path folder) throws IOException {
    IntegerNetwork integers = IntegerNetwork.of(net, images);
    System.out.println(integers.table());
    Tensor y = integers.apply(images);
    Safetensors.write(folder.resolve("integers.safetensors"), integers.tensors(), Map.of());

    OnnxFile.write(OnnxExport.qcdq(net, images), folder.resolve("net.onnx"));
    OnnxFile.write(OnnxExport.qonnx(net, images), folder.resolve("net.qonnx.onnx"));
    System.out.println(y.shape());
  }
}
