package dev.microtome.models.finetune;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.LowRank;
import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.AdamSettings;
import dev.microtome.nn.AdamW;
import dev.microtome.nn.GradClip;
import dev.microtome.nn.Hook;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Reduction;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Trains what is trainable in a language model, as a rule its adapters, with AdamW.
///
/// ```java
/// Dora.rank(16).applyTo(lm.network(), LinearPlaces.allButHead());
/// var data = Examples.split(ExampleFile.read(file, lm, 128), 0.1, 0);
/// LossHistory losses = new Finetune(lm, data, FinetuneOptions.DEFAULT, folder).run();
/// ```
///
/// Checkpoints go to `training.safetensors` in the folder. The same training started again goes on
/// from it and ends with the same numbers, bit for bit, as one that was never stopped: examples and
/// dropout of a step follow from the seed and its number alone. (Sums may depend on how many
/// threads compute them and on Java's options; keep both.) Beside adapters, dropout of the network
/// itself is off.
public final class Finetune {
  private static final String CHECKPOINT = "training.safetensors";
  private static final long IGNORED = -100; // no token has this number

  private final LanguageModel<?> model;
  private final Examples data;
  private final FinetuneOptions options;
  private final FinetuneListener listener;
  private final Map<String, Tensor> parameters;
  private final AdamW optimizer;
  private final DataOrder order;
  private final RateSchedule rates;
  private final TrainingFile checkpoint;
  private final List<Double> train = new ArrayList<>();
  private final List<LossHistory.Evaluation> heldOut = new ArrayList<>();

  /// A training whose checkpoints go to `folder`, made where needed.
  public Finetune(LanguageModel<?> model, Examples data, FinetuneOptions options, Path folder) {
    this(model, data, options, folder, new FinetuneListener() {});
  }

  /// The same with somebody who is told.
  ///
  /// @throws IllegalArgumentException when nothing is trainable, or an example does not fit the
  ///   model
  public Finetune(
      LanguageModel<?> model,
      Examples data,
      FinetuneOptions options,
      Path folder,
      FinetuneListener listener) {
    this.model = model;
    this.data = data;
    this.options = options;
    this.listener = listener;
    model.loadWeights();
    checkFits(data.train());
    checkFits(data.heldOut());
    parameters = new LinkedHashMap<>(model.network().trainable());
    optimizer =
        new AdamW(
            parameters.values(),
            options.rate(),
            AdamSettings.ADAM_W.withWeightDecay(options.decay()));
    order = new DataOrder(data.train(), options.stepSize(), options.seed());
    int steps = order.steps(options.epochs());
    rates = new RateSchedule(options.rate(), (int) Math.round(options.warmup() * steps), steps);
    checkpoint = new TrainingFile(folder.resolve(CHECKPOINT));
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("can't make " + folder, e);
    }
  }

  private void checkFits(List<Example> examples) {
    CausalNetwork network = model.network();
    for (Example example : examples) {
      if (example.length() > network.context()) {
        throw new IllegalArgumentException(
            "%s is longer than this model's context of %d".formatted(example, network.context()));
      }
      for (long id : example.ids()) {
        if (id < 0 || id >= network.vocabulary()) {
          throw new IllegalArgumentException(
              "token id %d of %s is not one of this model's %d"
                  .formatted(id, example, network.vocabulary()));
        }
      }
    }
  }

  /// How many steps there are.
  public int steps() {
    return rates.total();
  }

  /// Trains until all steps are done; leaves the network in evaluation mode.
  ///
  /// @throws IllegalArgumentException when the folder holds another training
  /// @throws IllegalStateException when the loss is NaN or infinite; what was saved stays
  public LossHistory run() {
    Map<String, String> identity =
        TrainingIdentity.of(model.network(), data, options, rates.total());
    LossHistory found = checkpoint.read(parameters, optimizer, identity);
    if (found != null) {
      train.addAll(found.train());
      heldOut.addAll(found.heldOut());
    }
    listener.begin(train.size(), rates.total());
    if (heldOut.isEmpty()) {
      evaluate();
    }
    while (train.size() < rates.total()) {
      step(train.size());
      int done = train.size();
      boolean last = done == rates.total();
      if (last || (options.evaluateEvery() > 0 && done % options.evaluateEvery() == 0)) {
        evaluate();
      }
      if (last || done % options.saveEvery() == 0) {
        checkpoint.write(parameters, optimizer, losses(), identity);
        listener.saved(done);
      }
    }
    model.network().eval();
    return losses();
  }

  private LossHistory losses() {
    return new LossHistory(train, heldOut);
  }

  private void step(int step) {
    trainingMode();
    Torch.manualSeed(options.seed() * 1_000_003 + step + 1);
    optimizer.learningRate(rates.at(step));
    optimizer.zeroGrad();
    List<Example> examples = order.at(step);
    long counted = examples.stream().mapToLong(Example::counted).sum();
    double sum = 0;
    for (List<Example> part : parts(examples)) {
      sum += Scope.run(() -> learn(Batch.of(part), counted));
    }
    double loss = sum / counted;
    if (!Double.isFinite(loss)) {
      throw new IllegalStateException(
          "the loss is %s in step %d; go on from the last checkpoint with a lower rate"
              .formatted(loss, step + 1));
    }
    double gradient = GradClip.norm_(parameters.values(), options.clip());
    optimizer.step();
    train.add(loss);
    listener.step(
        new FinetuneListener.Step(
            train.size(),
            rates.total(),
            loss,
            optimizer.learningRate(),
            gradient,
            examples.stream().mapToLong(Example::length).sum()));
  }

  /// Adapters drop numbers while they are trained; a frozen network beside them does not.
  private void trainingMode() {
    var layers = Adapters.of(model.network()).layers().values();
    model.network().train(layers.isEmpty());
    layers.forEach(layer -> layer.adapters().values().forEach(LowRank::train));
  }

  private List<List<Example>> parts(List<Example> examples) {
    var parts = new ArrayList<List<Example>>();
    for (int from = 0; from < examples.size(); from += options.batch()) {
      parts.add(examples.subList(from, Math.min(examples.size(), from + options.batch())));
    }
    return parts;
  }

  /// Adds the gradients of a batch: each token weighs alike, whichever batch it is in.
  private double learn(Batch batch, long counted) {
    Tensor sum = sum(batch);
    sum.div(counted).backward();
    return sum.item();
  }

  /// The losses of all tokens that count, added up. Only what they follow goes through the head:
  /// its output, with a number for each token there is, is the largest tensor of all.
  private Tensor sum(Batch batch) {
    try (Hook _ = model.network().head().get().onInput((_, x) -> counted((Tensor) x, batch))) {
      Tensor logits = model.run(new CausalNetwork.Input(batch.ids())).logits().squeeze(0);
      return logits
          .to(DType.FLOAT32)
          .crossEntropy(batch.targets(), null, Reduction.SUM, IGNORED, 0);
    }
  }

  private static Tensor counted(Tensor stream, Batch batch) {
    return stream.flatten(0, 1).indexSelect(0, batch.places()).unsqueeze(0);
  }

  private void evaluate() {
    if (data.heldOut().isEmpty()) {
      return;
    }
    model.network().eval();
    double sum = 0;
    long counted = 0;
    for (List<Example> part : parts(data.heldOut())) {
      sum += Grad.off(() -> Scope.run(() -> sum(Batch.of(part)).item()));
      counted += part.stream().mapToLong(Example::counted).sum();
    }
    var evaluation = new LossHistory.Evaluation(train.size(), sum / counted);
    heldOut.add(evaluation);
    listener.evaluated(evaluation);
  }
}
