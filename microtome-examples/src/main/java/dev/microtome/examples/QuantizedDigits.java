package dev.microtome.examples;

import static dev.microtome.quant.Quantizers.Int32Bias;
import static dev.microtome.quant.Quantizers.Int8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Int8WeightPerChannelFloat;
import static dev.microtome.quant.Quantizers.Uint8ActPerTensorFloat;

import dev.microtome.nn.AdamW;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.CrossEntropyLoss;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.quant.ActSettings;
import dev.microtome.quant.Calibration;
import dev.microtome.quant.QuantConv2d;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantLinear;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.WeightSettings;
import dev.microtome.quant.integer.IntegerNetwork;
import dev.microtome.quant.onnx.OnnxExport;
import dev.microtome.quant.onnx.OnnxFile;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/// A small convolutional network from floating point to integers: trained plainly, quantized to few
/// bits without training (PTQ), then with it (QAT), run in integers alone, and exported.
///
/// The images are drawn here, digits of a font moved, dimmed and buried in noise: no set of
/// handwritten ones ships with a package. They tell whether the steps work, not how good the
/// network would be on real ones. `QuantizedDigits 2000 10 3` trains on so many images for so many
/// epochs, and quantizes to so many bits.
public final class QuantizedDigits {
  private static final int SIDE = 12;
  private static final int BATCH = 20;

  // Each digit is 7 rows of 5 pixels, a row two digits in base 32.
  private static final String[] FONT = {
    "0e1113151911 0e", "04 0c040404040e", "0e11010204081f", "1f02040201110e", "02060a121f0202",
    "1f101e0101110e", "0608101e11110e", "1f010204080808", "0e11110e11110e", "0e11110f01020c"
  };

  private final Tensor images;
  private final Tensor labels;

  private QuantizedDigits(int count, long seed) {
    var random = new Random(seed);
    float[] pixels = new float[count * SIDE * SIDE];
    long[] digits = new long[count];
    for (int i = 0; i < count; i++) {
      digits[i] = random.nextInt(10);
      draw(pixels, i * SIDE * SIDE, (int) digits[i], random);
    }
    images = Tensor.from(pixels, count, 1, SIDE, SIDE);
    labels = Tensor.of(digits);
  }

  private static void draw(float[] pixels, int start, int digit, Random random) {
    String rows = FONT[digit].replace(" ", "");
    int top = 2 + random.nextInt(2);
    int left = 3 + random.nextInt(2);
    float ink = 0.6f + 0.4f * random.nextFloat();
    for (int i = 0; i < SIDE * SIDE; i++) {
      pixels[start + i] = 0.25f * (float) random.nextGaussian();
    }
    for (int row = 0; row < 7; row++) {
      int bits = Integer.parseInt(rows.substring(2 * row, 2 * row + 2), 16);
      for (int column = 0; column < 5; column++) {
        if ((bits >> (4 - column) & 1) != 0) {
          pixels[start + (top + row) * SIDE + left + column] += ink;
        }
      }
    }
  }

  public static void main(String[] args) throws IOException {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 600;
    int epochs = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    int bits = args.length > 2 ? Integer.parseInt(args[2]) : 4;
    Torch.manualSeed(0);
    var training = new QuantizedDigits(count, 1);
    var test = new QuantizedDigits(500, 2);

    Sequential plain = plain();
    System.out.println("training in floating point");
    training.train(plain, epochs, 5e-3);
    System.out.printf("float                %.3f%n", test.accuracy(plain));

    Sequential network = quantized(bits);
    network.loadMatching(plain.stateDict());
    Calibration.of(network).run(() -> training.batches(network));
    System.out.printf("%d bits, calibrated   %.3f%n", bits, test.accuracy(network));

    System.out.println("training with quantizers");
    training.train(network, Math.max(1, epochs / 2), 2e-3);
    System.out.printf("%d bits, trained      %.3f%n", bits, test.accuracy(network));
    test.integersAndFile(network);
  }

  // Names are the same in both, so the plain network's numbers load into the other.
  private static Sequential plain() {
    return Sequential.named()
        .add("conv1", new Conv2d(1, 8, new Shape(3), padded()))
        .add("relu1", new ReLU())
        .add("pool1", new MaxPool2d(2))
        .add("conv2", new Conv2d(8, 16, new Shape(3), padded()))
        .add("relu2", new ReLU())
        .add("pool2", new MaxPool2d(2))
        .add("flat", new Flatten())
        .add("head", new Linear(144, 10))
        .build();
  }

  private static Sequential quantized(int bits) {
    WeightSettings weights =
        WeightSettings.of(Int8WeightPerChannelFloat.withBits(bits))
            .withBias(Int32Bias)
            .returningQuantTensor();
    ActSettings relu = ActSettings.of(Uint8ActPerTensorFloat.withBits(bits)).returningQuantTensor();
    return Sequential.named()
        .add(
            "input",
            new QuantIdentity(ActSettings.of(Int8ActPerTensorFloat).returningQuantTensor()))
        .add("conv1", new QuantConv2d(1, 8, new Shape(3), padded(), weights))
        .add("relu1", new QuantReLU(relu))
        .add("pool1", new MaxPool2d(2))
        .add("conv2", new QuantConv2d(8, 16, new Shape(3), padded(), weights))
        .add("relu2", new QuantReLU(relu))
        .add("pool2", new MaxPool2d(2))
        .add("flat", new Flatten())
        .add("head", new QuantLinear(144, 10, weights))
        .add("output", new QuantIdentity())
        .build();
  }

  private static ConvSettings padded() {
    return ConvSettings.DEFAULT.withPadding(1);
  }

  private void train(Sequential network, int epochs, double rate) {
    network.train();
    var optimizer = new AdamW(network.parameters(), rate);
    var loss = new CrossEntropyLoss();
    for (int epoch = 1; epoch <= epochs; epoch++) {
      double sum = 0;
      int batches = 0;
      for (long at = 0; at + BATCH <= images.size(0); at += BATCH) {
        Tensor x = images.narrow(0, at, BATCH);
        Tensor y = labels.narrow(0, at, BATCH);
        sum +=
            Scope.run(() -> {
              optimizer.zeroGrad();
              Tensor now = loss.apply(network.apply(x), y);
              now.backward();
              optimizer.step();
              return now.item();
            });
        batches++;
      }
      System.out.printf("  epoch %d  loss %.2f%n", epoch, sum / batches);
    }
  }

  private void batches(Layer<Tensor, Tensor> network) {
    for (long at = 0; at + BATCH <= Math.min(images.size(0), 10 * BATCH); at += BATCH) {
      network.apply(images.narrow(0, at, BATCH));
    }
  }

  private double accuracy(Sequential network) {
    network.eval();
    return Grad.off(
        () -> network.apply(images).argmax(-1).eq(labels).to(DType.FLOAT32).mean().item());
  }

  private void integersAndFile(Sequential network) throws IOException {
    Tensor some = images.narrow(0, 0, BATCH);
    IntegerNetwork integers = IntegerNetwork.of(network, some);
    System.out.print(integers.table());
    Tensor apart = integers.apply(some).sub(Grad.off(() -> network.apply(some))).abs();
    double step = ((QuantIdentity) network.layer("output")).actQuant().scale().item();
    System.out.printf(
        "integers alone: at most %.0f step apart%n",
        Math.abs(Math.ceil(apart.max().item() / step - 1e-3)));
    long plainBytes = 4 * plain().parameterCount();
    long stored =
        integers.layers().stream().mapToLong(l -> l.weight().numel() * l.weightBits()).sum();
    long biases = integers.layers().stream().mapToLong(l -> 4L * l.weight().size(0)).sum();
    System.out.printf("size: %d bytes -> %d%n", plainBytes, stored / 8 + biases);
    Path file = Files.createTempFile("digits", ".onnx");
    OnnxFile.write(OnnxExport.qcdq(network, some), file);
    System.out.println("exported " + OnnxExport.qcdq(network, some).nodes().size() + " ONNX nodes");
    Files.delete(file);
  }
}
