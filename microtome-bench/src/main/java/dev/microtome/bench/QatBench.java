package dev.microtome.bench;

import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.CrossEntropyLoss;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Sgd;
import dev.microtome.quant.ActQuant;
import dev.microtome.quant.ActSettings;
import dev.microtome.quant.QuantConv2d;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantLinear;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.Quantizer;
import dev.microtome.quant.Quantizers;
import dev.microtome.quant.WeightSettings;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// What quantization-aware training costs: a training step of three convolutions and a linear layer
/// on 32 images of 3×32×32, over the same step of the plain network in the same round.
final class QatBench implements Benchmark {
  private static final int STEPS_FOR_EVER = Integer.MAX_VALUE / 2;
  private static final int CALLS = 4;
  private static final int ROUNDS = 21;

  @Override
  public String name() {
    return "qat";
  }

  @Override
  public String about() {
    return "a training step with quantizers over a plain one, in processor time";
  }

  /// Convolution, activation, three times; then a linear layer.
  private static Sequential network(
      Supplier<Layer<Tensor, Tensor>> first,
      Function<Conv, Layer<Tensor, Tensor>> conv,
      Supplier<Layer<Tensor, Tensor>> act,
      Supplier<Layer<Tensor, Tensor>> last) {
    return new Sequential(
        first.get(),
        conv.apply(new Conv(3, 32, 1)),
        act.get(),
        conv.apply(new Conv(32, 64, 2)),
        act.get(),
        conv.apply(new Conv(64, 64, 2)),
        act.get(),
        new Flatten(),
        last.get());
  }

  private record Conv(long in, long out, long stride) {
    ConvSettings settings() {
      return ConvSettings.DEFAULT.withStride(stride).withPadding(1);
    }
  }

  private static Sequential plain() {
    return network(
        Identity<Tensor>::new,
        conv -> new Conv2d(conv.in(), conv.out(), new Shape(3), conv.settings()),
        ReLU::new,
        () -> new Linear(4096, 10));
  }

  private static Sequential weightsOnly() {
    return network(
        Identity<Tensor>::new, QatBench::quantized, ReLU::new, () -> new QuantLinear(4096, 10));
  }

  private static Layer<Tensor, Tensor> quantized(Conv conv) {
    return new QuantConv2d(
        conv.in(), conv.out(), new Shape(3), conv.settings(), WeightSettings.DEFAULT);
  }

  private static Sequential activations(Quantizer first, Quantizer relu) {
    return network(
        () -> new QuantIdentity(ActSettings.of(first)),
        QatBench::quantized,
        () -> new QuantReLU(ActSettings.of(relu)),
        () -> new QuantLinear(4096, 10));
  }

  private static Sequential collecting(Quantizer first, Quantizer relu) {
    return activations(first.withSteps(STEPS_FOR_EVER), relu.withSteps(STEPS_FOR_EVER));
  }

  private static Sequential learned() {
    Sequential network =
        activations(Quantizers.Int8ActPerTensorFloat, Quantizers.Uint8ActPerTensorFloat);
    Tensor x = Tensor.randn(4, 3, 32, 32);
    network.apply(x);
    Stream.of("0.act_quant", "2.act_quant", "4.act_quant", "6.act_quant")
        .map(network::layer)
        .map(ActQuant.class::cast)
        .forEach(ActQuant::finishCollection);
    return network;
  }

  private static Runnable step(Sequential network, Tensor x, Tensor y) {
    var optimizer = new Sgd(network.parameters(), 0.001);
    var loss = new CrossEntropyLoss();
    return () ->
        Scope.run(() -> {
          optimizer.zeroGrad();
          loss.apply(network.apply(x), y).backward();
          optimizer.step();
        });
  }

  private static Runnable forward(Sequential network, Tensor x) {
    network.eval();
    return () -> Scope.run(() -> Grad.off(() -> network.apply(x)).close());
  }

  @Override
  public List<Figure> run() {
    Torch.threads(1);
    Torch.manualSeed(0);
    Tensor x = Tensor.randn(32, 3, 32, 32);
    Tensor y = Tensor.randint(10, 32);
    var shifted = Quantizers.ShiftedUint8ActPerTensorFloat;
    var rounds =
        Rounds.of("plain", step(plain(), x, y))
            .and("weights", step(weightsOnly(), x, y))
            .and("learned", step(learned(), x, y))
            .and(
                "collecting",
                step(
                    collecting(Quantizers.Int8ActPerTensorFloat, Quantizers.Uint8ActPerTensorFloat),
                    x,
                    y))
            .and("shifted", step(collecting(shifted, shifted), x, y))
            .inCpuTime()
            .measure(CALLS, ROUNDS);
    var evaluation =
        Rounds.of("plain", forward(plain(), x))
            .and("quantized", forward(learned(), x))
            .inCpuTime()
            .measure(3 * CALLS, ROUNDS);
    return List.of(
        new Figure(
            name(),
            "step of the plain network",
            rounds.time("plain").median(),
            "us",
            null,
            rounds.time("plain").spread()),
        over(rounds, "weights", "weights only", 1.15),
        over(rounds, "learned", "learned scales", 1.5),
        over(rounds, "collecting", "collecting statistics", 1.7),
        over(rounds, "shifted", "collecting, with zero points", 2.0),
        over(evaluation, "quantized", "forward in evaluation", 1.3));
  }

  private Figure over(Rounds rounds, String piece, String what, double goal) {
    Rounds.Estimate ratio = rounds.ratio(piece, "plain");
    return new Figure(name(), what, ratio.median(), "x", Figure.atMost(goal), ratio.spread());
  }
}
