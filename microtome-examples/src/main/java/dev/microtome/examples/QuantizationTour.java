package dev.microtome.examples;

import static dev.microtome.quant.Quantizers.Int32Bias;
import static dev.microtome.quant.Quantizers.Int8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Int8WeightPerChannelFloat;
import static dev.microtome.quant.Quantizers.Uint8ActPerTensorFloat;

import dev.microtome.nn.Flatten;
import dev.microtome.nn.Sequential;
import dev.microtome.quant.ActSettings;
import dev.microtome.quant.QuantConv2d;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantLinear;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.WeightSettings;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;

/// The README's lines on quantization-aware training, in order.
public final class QuantizationTour {
  private QuantizationTour() {}

  public static void main(String[] args) {
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
  }
}
