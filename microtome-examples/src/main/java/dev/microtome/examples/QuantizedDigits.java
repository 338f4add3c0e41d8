package dev.microtome.examples;

import static dev.microtome.quant.Quantizers.Int8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.Uint8ActPerTensorFloat;

import dev.microtome.models.pictures.LossPicture;
import dev.microtome.nn.Adam;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LrSchedule;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.quant.ActSettings;
import dev.microtome.quant.Calibration;
import dev.microtome.quant.QatReport;
import dev.microtome.quant.QatSpec;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantTensor;
import dev.microtome.quant.Quantize;
import dev.microtome.quant.integer.IntegerLayer;
import dev.microtome.quant.integer.IntegerNetwork;
import dev.microtome.quant.onnx.OnnxExport;
import dev.microtome.quant.onnx.OnnxFile;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// From a network in floating point to one in few bits, from beginning to end: a small convolution
/// network learns handwritten digits, is quantized after training, then trained on with the
/// rounding, and leaves as integers and as ONNX.
///
/// Arguments: `--bits 4`, `--epochs 30`, `--seed 0`, `--out quantized-digits` (a folder, made if
/// needed).
public final class QuantizedDigits {
  private static final int BATCH = 32;
  private static final long TRAINING = 1297; // the last 500 are for testing

  private final Digits train;
  private final Digits test;
  private final List<LossPicture.Line> curve = new ArrayList<>();
  private int steps;

  private QuantizedDigits(Digits all) {
    train = all.range(0, TRAINING);
    test = all.range(TRAINING, all.size());
  }

  public static void main(String[] args) throws IOException {
    int bits = Integer.parseInt(Arguments.get(args, "--bits", "4"));
    int epochs = Integer.parseInt(Arguments.get(args, "--epochs", "30"));
    Path out = Files.createDirectories(Path.of(Arguments.get(args, "--out", "quantized-digits")));
    Torch.threads(1); // images this small gain nothing from a second one
    Torch.manualSeed(Long.parseLong(Arguments.get(args, "--seed", "0")));
    new QuantizedDigits(Digits.load()).run(bits, epochs, out);
  }

  private static Sequential network() {
    ConvSettings same = ConvSettings.DEFAULT.withPadding(1);
    return Sequential.named()
        .add("conv1", new Conv2d(1, 8, new Shape(3), same))
        .add("relu1", new ReLU())
        .add("pool1", new MaxPool2d(2))
        .add("conv2", new Conv2d(8, 16, new Shape(3), same))
        .add("relu2", new ReLU())
        .add("pool2", new MaxPool2d(2))
        .add("flat", new Flatten())
        .add("head", new Linear(64, 10))
        .add("logits", new Identity<>())
        .build();
  }

  private void run(int bits, int epochs, Path out) throws IOException {
    Sequential net = network();
    train(net, "floating point", epochs, 3e-3);
    double plain = accuracy(net);

    System.out.println(quantize(net, bits));
    Tensor some = train.images().narrow(0, 0, 512);
    Calibration.of(net).run(() -> net.apply(some));
    double rounded = accuracy(net);

    train(net, bits + " bits", epochs, 1e-3);
    double learned = accuracy(net);

    System.out.printf(
        "accuracy on %d digits: floating point %.1f %%, rounded to %d bits %.1f %%, trained so"
            + " %.1f %%%n%n",
        test.size(), 100 * plain, bits, 100 * rounded, 100 * learned);
    Files.writeString(out.resolve("curve.svg"), LossPicture.of("Handwritten digits: loss", curve));
    export(net, out);
  }

  private static QatReport quantize(Sequential net, int bits) {
    QatSpec spec = QatSpec.integers(bits);
    QatReport report =
        Quantize.qat(
            net,
            spec.at("conv1", spec.withInput(Uint8ActPerTensorFloat)) // pixels keep 8 bits
                .put(Identity.class, _ -> new QuantIdentity(OUTPUT))); // so do the logits
    return report;
  }

  private static final ActSettings OUTPUT =
      ActSettings.of(Int8ActPerTensorFloat).returningQuantTensor();

  private void train(Sequential net, String name, int epochs, double rate) {
    int batches = (int) (train.size() / BATCH);
    var optimizer = new Adam(net.parameters(), rate);
    var schedule = LrSchedule.cosineAnnealingLr(optimizer, epochs * batches, 0);
    var losses = new ArrayList<LossPicture.Point>();
    net.train();
    for (int epoch = 0; epoch < epochs; epoch++) {
      Tensor order = Tensor.randperm(train.size());
      for (int batch = 0; batch < batches; batch++) {
        Digits some = train.at(order.narrow(0, (long) batch * BATCH, BATCH));
        double value =
            Scope.run(() -> {
              optimizer.zeroGrad();
              Tensor loss =
                  QuantTensor.valueOf(net.apply(some.images())).crossEntropy(some.labels());
              loss.backward();
              optimizer.step();
              return loss.item();
            });
        losses.add(new LossPicture.Point(steps++, value));
        schedule.step();
      }
    }
    curve.add(new LossPicture.Line(name, losses, false));
    net.eval();
  }

  private double accuracy(Sequential net) {
    return share(QuantTensor.valueOf(Grad.off(() -> net.apply(test.images()))));
  }

  private double share(Tensor logits) {
    return logits.argmax(1).eq(test.labels()).sum().item() / test.size();
  }

  private void export(Sequential net, Path out) throws IOException {
    IntegerNetwork integers = IntegerNetwork.of(net, test.images());
    System.out.println(sizes(integers));
    System.out.println(integers.table());
    System.out.printf(
        "accuracy in integers alone: %.1f %%%n", 100 * share(integers.apply(test.images())));
    Safetensors.write(out.resolve("digits.safetensors"), integers.tensors(), Map.of());
    OnnxFile.write(OnnxExport.qcdq(net, test.images()), out.resolve("digits.onnx"));
    Safetensors.write(
        out.resolve("test.safetensors"),
        Map.of(
            "images", test.images().contiguous(),
            "logits", QuantTensor.valueOf(Grad.off(() -> net.apply(test.images()))),
            "step", ((QuantIdentity) net.layer("logits")).actQuant().scale().detach()),
        Map.of());
    System.out.println(
        "saved in "
            + out
            + ": digits.onnx, digits.safetensors (the integers), test.safetensors"
            + " (what digits.onnx must give), curve.svg");
  }

  /// Bytes of weights and biases, in floating point and packed, with scales.
  private static String sizes(IntegerNetwork integers) {
    String form = "%-8s %8s %10s %10s%n";
    var text = new StringBuilder(form.formatted("layer", "weights", "float", "integers"));
    long before = 0;
    long after = 0;
    for (IntegerLayer layer : integers.layers()) {
      long weights = layer.weight().numel();
      Tensor bias = layer.bias();
      long others = layer.weightScale().length + (bias == null ? 0 : bias.numel());
      long plain = 4 * (weights + (bias == null ? 0 : bias.numel()));
      long packed = (weights * layer.weightBits() + 7) / 8 + 4 * others;
      text.append(form.formatted(layer.name(), weights, plain + " B", packed + " B"));
      before += plain;
      after += packed;
    }
    return text.append(form.formatted("all", "", before + " B", after + " B")).toString();
  }
}
