package dev.microtome.examples;

import dev.microtome.dynamic.Quantized;
import dev.microtome.dynamic.calibrated.Calibration;
import dev.microtome.dynamic.calibrated.StaticConfig;
import dev.microtome.dynamic.calibrated.StaticQuantization;
import dev.microtome.dynamic.calibrated.StaticSpec;
import dev.microtome.dynamic.choice.Choice;
import dev.microtome.dynamic.choice.DynamicChoice;
import dev.microtome.dynamic.choice.Mixed;
import dev.microtome.dynamic.choice.Sensitivity;
import dev.microtome.dynamic.choice.StaticChoice;
import dev.microtome.dynamic.observe.GridType;
import dev.microtome.dynamic.observe.HistogramObserver;
import dev.microtome.dynamic.observe.MinMaxObserver;
import dev.microtome.dynamic.observe.MseObserver;
import dev.microtome.dynamic.observe.Observer;
import dev.microtome.dynamic.observe.PercentileObserver;
import dev.microtome.lowbit.LowBit;
import dev.microtome.models.LowBitChoice;
import dev.microtome.models.pictures.SensitivityPage;
import dev.microtome.nn.Adam;
import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LrSchedule;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// A convolution network that has learned handwritten digits, in whole numbers from layer to layer
/// without any training: calibrated with several observers, then layer by layer in whatever form
/// costs least.
///
/// Arguments: `--epochs 15`, `--budget 0.002`, `--seed 0`, `--out calibrated-digits` (a folder,
/// made if needed).
public final class CalibratedDigits {
  private static final int BATCH = 32;
  private static final long TRAINING = 1297; // the last 500 are for testing
  private static final GridType SEVEN_BITS = GridType.QUINT8.reduced();
  private static final Map<String, Supplier<Observer>> OBSERVERS = new LinkedHashMap<>();

  static {
    OBSERVERS.put("min/max", () -> new MinMaxObserver(SEVEN_BITS));
    OBSERVERS.put("histogram", () -> new HistogramObserver(SEVEN_BITS));
    OBSERVERS.put("percentile", () -> new PercentileObserver(SEVEN_BITS, 99.9));
    OBSERVERS.put("least square error", () -> new MseObserver(SEVEN_BITS));
  }

  private final Digits train;
  private final Digits test;

  private CalibratedDigits(Digits all) {
    train = all.range(0, TRAINING);
    test = all.range(TRAINING, all.size());
  }

  public static void main(String[] args) throws IOException {
    int epochs = Integer.parseInt(Arguments.get(args, "--epochs", "15"));
    double budget = Double.parseDouble(Arguments.get(args, "--budget", "0.002"));
    Path out = Files.createDirectories(Path.of(Arguments.get(args, "--out", "calibrated-digits")));
    Torch.threads(1); // images this small gain nothing from a second one
    Torch.manualSeed(Long.parseLong(Arguments.get(args, "--seed", "0")));
    new CalibratedDigits(Digits.load()).run(epochs, budget, out);
  }

  private static Sequential network() {
    ConvSettings same = ConvSettings.DEFAULT.withPadding(1);
    return Sequential.named()
        .add("conv1", new Conv2d(1, 16, 3, same.withoutBias()))
        .add("norm1", new BatchNorm2d(16))
        .add("relu1", new ReLU())
        .add("pool1", new MaxPool2d(2))
        .add("conv2", new Conv2d(16, 32, 3, same.withoutBias()))
        .add("norm2", new BatchNorm2d(32))
        .add("relu2", new ReLU())
        .add("pool2", new MaxPool2d(2))
        .add("flat", new Flatten())
        .add("hidden", new Linear(128, 64))
        .add("relu3", new ReLU())
        .add("head", new Linear(64, 10))
        .build();
  }

  private void run(int epochs, double budget, Path out) throws IOException {
    Sequential net = network();
    learn(net, epochs);
    System.out.printf("floating point: loss %.4f, accuracy %.1f %%%n", loss(net), accuracy(net));
    List<Tensor> batches = train.images().split(64, 0);
    inWholeNumbers(net, batches);
    byObserver(net, batches);
    formByForm(net, batches, budget, out);
  }

  private void learn(Sequential net, int epochs) {
    int steps = (int) (train.size() / BATCH);
    var optimizer = new Adam(net.parameters(), 3e-3);
    var schedule = LrSchedule.cosineAnnealingLr(optimizer, epochs * steps, 0);
    for (int epoch = 0; epoch < epochs; epoch++) {
      Tensor order = Tensor.randperm(train.size());
      for (int step = 0; step < steps; step++) {
        Digits batch = train.at(order.narrow(0, (long) step * BATCH, BATCH));
        Scope.run(() -> {
          optimizer.zeroGrad();
          net.apply(batch.images()).crossEntropy(batch.labels()).backward();
          optimizer.step();
        });
        schedule.step();
      }
    }
    net.eval();
  }

  private double loss(Sequential net) {
    return Grad.off(
        () -> Scope.run(() -> net.apply(test.images()).crossEntropy(test.labels()).item()));
  }

  private double accuracy(Sequential net) {
    Tensor logits = Grad.off(() -> net.apply(test.images()));
    return 100 * logits.argmax(1).eq(test.labels()).sum().item() / test.size();
  }

  private void inWholeNumbers(Sequential net, List<Tensor> batches) {
    Quantized<Sequential> quantized =
        StaticQuantization.apply(net, StaticSpec.DEFAULT, batches, (done, all) -> {});
    System.out.println(quantized.report()); // by path: what became of each layer
    System.out.println(quantized.network()); // QuantizedConv2dReLU(1, 16, …)
  }

  private void byObserver(Sequential net, List<Tensor> batches) {
    OBSERVERS.forEach((name, observer) -> {
      var config = StaticConfig.DEFAULT.withActivations(observer);
      Sequential small = StaticQuantization.of(net, StaticSpec.of(config), batches);
      System.out.printf("%-18s: loss %.4f, accuracy %.1f %%%n", name, loss(small), accuracy(small));
    });
    System.out.println();
  }

  private void formByForm(Sequential net, List<Tensor> batches, double budget, Path out)
      throws IOException {
    Calibration<Sequential> calibration = StaticQuantization.prepare(net, StaticSpec.DEFAULT);
    StaticQuantization.run(calibration, batches, (done, all) -> {});
    calibration.finish();
    List<Choice> forms =
        List.of(
            new StaticChoice(calibration),
            DynamicChoice.WEIGHTS,
            new LowBitChoice(LowBit.bits(4).groupSize(32)));
    var sensitivity = Sensitivity.of(calibration.network(), forms, this::loss);
    Mixed<Sequential> mixed = sensitivity.within(budget);
    System.out.println(sensitivity.report().table()); // decibels, change of the loss
    System.out.println(mixed.report()); // the form of each layer
    Files.writeString(
        out.resolve("sensitivity.html"), SensitivityPage.of(sensitivity.report(), mixed, "digits"));
    System.out.printf("accuracy of the mixed network %.1f %%%n", accuracy(mixed.network()));
  }
}
