package dev.microtome.examples;

import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.TorchException;
import dev.microtome.trace.MissingValueException;
import dev.microtome.trace.Model;

/// NNsight's walkthrough on a two-layer network: getting, setting, gradients.
///
/// Each step is shown as a lambda (what the body returns is saved and filled in); [StepByStep]
/// shows the same with the closeable trace.
public final class Walkthrough {
  private static final int HIDDEN = 10;

  record BeforeAfter(Tensor before, Tensor after) {}

  record Gradients(Tensor layer1, Tensor layer2) {}

  private final Sequential net =
      Sequential.named()
          .add("layer1", new Linear(5, HIDDEN))
          .add("layer2", new Linear(HIDDEN, 2))
          .build();
  private final Tensor input = Tensor.rand(1, 5);
  private final Model<Tensor, Tensor> model = Model.of(net);

  private Walkthrough() {
    net.freeze();
  }

  public static void main(String[] args) {
    Torch.manualSeed(0);
    var walk = new Walkthrough();
    System.out.println(walk.model);
    walk.getting();
    walk.setting();
    walk.checkedBeforeTheRun();
    walk.replacing();
    walk.gradients();
  }

  private void getting() {
    Tensor output = model.trace(input, t -> t.at(net).output());
    System.out.println("output: " + output);

    Tensor hidden = model.trace(input, t -> t.at("layer1").output());
    System.out.println("layer1: " + hidden);
    System.out.println("layer2 input: " + model.trace(input, t -> t.at("layer2").input()));

    Tensor largest = model.trace(input, t -> t.at("layer1").output().argmax(1));
    System.out.println("largest: " + largest.get(0));

    Tensor sum =
        model.trace(input, t -> t.at("layer1").output().sum().add(t.at("layer2").output().sum()));
    System.out.println("sum: " + sum);
  }

  private void setting() {
    BeforeAfter edit =
        model.trace(
            input,
            t -> {
              Tensor out = t.at("layer1").output();
              Tensor before = out.copy(); // the edit below is in place
              out.at(":", 0).set(0);
              return new BeforeAfter(before, out);
            });
    System.out.println("Before: " + edit.before());
    System.out.println("After: " + edit.after());
  }

  private void checkedBeforeTheRun() {
    try {
      model.trace(input, t -> t.at("layer1").output().at(":", HIDDEN).set(0));
    } catch (TorchException refused) {
      System.out.println("refused: " + refused.reason());
    }
    BeforeAfter edit =
        model.trace(
            input,
            t -> {
              Tensor out = t.at("layer1").output();
              Tensor before = out.copy();
              System.out.println("layer1 output shape: " + out.shape());
              out.at(":", HIDDEN - 1).set(0);
              return new BeforeAfter(before, out);
            });
    System.out.println("Before: " + edit.before());
    System.out.println("After: " + edit.after());
  }

  private void replacing() {
    BeforeAfter edit =
        model.trace(
            input,
            t -> {
              Tensor before = t.at("layer1").output().copy();
              Tensor noise = Tensor.randn(before.shape()).mul(Math.sqrt(0.001));
              t.at("layer1").output(before.add(noise));
              return new BeforeAfter(before, t.at("layer1").output());
            });
    System.out.println("Before: " + edit.before());
    System.out.println("After: " + edit.after());
  }

  private void gradients() {
    Gradients seen =
        model.trace(
            input,
            t -> {
              Tensor layer1 = t.at("layer1").output();
              Tensor layer2 = t.at("layer2").output();
              layer1.requiresGrad_(true); // the network is frozen
              var gradients = new Gradients(layer1.grad(), layer2.grad());
              t.at(net).output().sum().backward();
              return gradients;
            });
    System.out.println("Layer 1 output gradient: " + seen.layer1());
    System.out.println("Layer 2 output gradient: " + seen.layer2());

    Gradients edited =
        model.trace(
            input,
            t -> {
              Tensor layer1 = t.at("layer1").output();
              Tensor layer2 = t.at("layer2").output();
              layer1.requiresGrad_(true);
              layer1.grad().at(":").set(0);
              layer2.grad(layer2.grad().copy().mul(2));
              var gradients = new Gradients(layer1.grad(), layer2.grad());
              t.at(net).output().sum().backward();
              return gradients;
            });
    System.out.println("Layer 1 output gradient: " + edited.layer1());
    System.out.println("Layer 2 output gradient: " + edited.layer2());
  }

  /// The same, step by step: for a debugger, JShell or a notebook.
  public static final class StepByStep {
    private StepByStep() {}

    public static void main(String[] args) {
      Torch.manualSeed(0);
      var walk = new Walkthrough();
      Tensor unsaved;
      try (var t = walk.model.trace(walk.input)) {
        unsaved = t.at(walk.net).output();
        t.run();
      }
      try {
        System.out.println(unsaved);
      } catch (MissingValueException missing) {
        System.out.println("not there: " + missing.reason());
      }

      Tensor output;
      try (var t = walk.model.trace(walk.input)) {
        output = t.at(walk.net).output().save();
        t.run();
      }
      System.out.println("output: " + output);

      Tensor before;
      Tensor after;
      try (var t = walk.model.trace(walk.input)) {
        Tensor out = t.at("layer1").output();
        before = out.copy().save();
        out.at(":", 0).set(0);
        after = out.save();
        t.run();
      }
      System.out.println("Before: " + before);
      System.out.println("After: " + after);

      Tensor gradient;
      try (var t = walk.model.trace(walk.input)) {
        Tensor layer1 = t.at("layer1").output();
        layer1.requiresGrad_(true);
        gradient = layer1.grad().save();
        t.at(walk.net).output().sum().backward();
        t.run();
      }
      System.out.println("Layer 1 output gradient: " + gradient);
    }
  }
}
