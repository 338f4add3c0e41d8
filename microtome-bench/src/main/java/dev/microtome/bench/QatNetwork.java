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
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.stream.Stream;

/// Three convolutions and a linear layer on images of 3×32×32, in floating point and quantized.
enum QatNetwork {
  PLAIN,
  /// Weights quantized, activations not.
  WEIGHTS,
  /// Activations on learned scales.
  LEARNED,
  /// Activations whose statistics are collected in every step.
  COLLECTING,
  /// The same on grids with zero points.
  SHIFTED;

  private static final int STEPS_FOR_EVER = Integer.MAX_VALUE / 2;

  /// Convolution, activation, three times; then a linear layer.
  Sequential make() {
    var network =
        new Sequential(
            first(),
            conv(3, 32, 1),
            act(),
            conv(32, 64, 2),
            act(),
            conv(64, 64, 2),
            act(),
            new Flatten(),
            this == PLAIN ? new Linear(4096, 10) : new QuantLinear(4096, 10));
    if (this == LEARNED) {
      network.apply(Tensor.randn(4, 3, 32, 32));
      Stream.of("0.act_quant", "2.act_quant", "4.act_quant", "6.act_quant")
          .map(network::layer)
          .map(ActQuant.class::cast)
          .forEach(ActQuant::finishCollection);
    }
    return network;
  }

  private Layer<Tensor, Tensor> first() {
    return hasPlainActivations()
        ? new Identity<Tensor>()
        : new QuantIdentity(ActSettings.of(activations(Quantizers.Int8ActPerTensorFloat)));
  }

  private Layer<Tensor, Tensor> act() {
    return hasPlainActivations()
        ? new ReLU()
        : new QuantReLU(ActSettings.of(activations(Quantizers.Uint8ActPerTensorFloat)));
  }

  private boolean hasPlainActivations() {
    return this == PLAIN || this == WEIGHTS;
  }

  private Quantizer activations(Quantizer usual) {
    Quantizer chosen = this == SHIFTED ? Quantizers.ShiftedUint8ActPerTensorFloat : usual;
    return this == LEARNED ? chosen : chosen.withSteps(STEPS_FOR_EVER);
  }

  private Layer<Tensor, Tensor> conv(long in, long out, long stride) {
    ConvSettings settings = ConvSettings.DEFAULT.withStride(stride).withPadding(1);
    return this == PLAIN
        ? new Conv2d(in, out, new Shape(3), settings)
        : new QuantConv2d(in, out, new Shape(3), settings, WeightSettings.DEFAULT);
  }

  /// A training step on so many images.
  Runnable step(int images) {
    Sequential network = make();
    Tensor x = Tensor.randn(images, 3, 32, 32);
    Tensor y = Tensor.randint(10, images);
    var optimizer = new Sgd(network.parameters(), 0.001);
    var loss = new CrossEntropyLoss();
    return () ->
        Scope.run(() -> {
          optimizer.zeroGrad();
          loss.apply(network.apply(x), y).backward();
          optimizer.step();
        });
  }
}
