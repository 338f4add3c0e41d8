package dev.microtome.models.lstm;

import dev.microtome.nn.GradClip;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.Sgd;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Trains an [LstmModel] as PyTorch's example does: plain gradient descent with clipped gradients,
/// the state carried from batch to batch, the learning rate quartered when an epoch did not help.
///
/// A checkpoint is written every few steps; a training that is started again with the same folder
/// goes on from the last one and ends with the same numbers as one that was never stopped (the
/// random numbers of dropout are drawn anew from the seed at each checkpoint).
public final class Training {
  private static final String CHECKPOINT = "training.pth";

  /// Told what goes on.
  public interface Listener {
    /// After each step.
    default void step(int epoch, long done, long all, double loss) {}

    /// After each epoch.
    default void epoch(int epoch, double validLoss, double rate, boolean best) {}
  }

  private final LstmModel model;
  private final LmFolder folder;
  private final Batches train;
  private final Batches valid;
  private final TrainingOptions options;
  private final Listener listener;
  private final Sgd optimizer;

  /// A training whose best model and checkpoints go to `folder`.
  public Training(
      LstmModel model, LmFolder folder, Corpus corpus, TrainingOptions options, Listener listener) {
    this.model = model;
    this.folder = folder;
    this.options = options;
    this.listener = listener;
    train = Batches.of(corpus.train(), options.batch());
    valid = Batches.upTo(corpus.valid(), 10);
    optimizer = new Sgd(model.parameters(), options.rate());
  }

  /// Trains until all epochs are done; returns the least validation loss.
  ///
  /// @throws IllegalArgumentException when the folder's checkpoint is not of this training
  /// @throws IllegalStateException when the loss is NaN or infinite; what was saved stays
  /// @throws ArithmeticException when gradients are; what was saved stays
  public double run() {
    Path file = folder.path().resolve(CHECKPOINT);
    TrainingState now = start(file);
    while (now.epoch() < options.epochs()) {
      now = stretch(now);
      if (now.step() >= train.steps() - 1) {
        now = validated(now);
      }
      now.write(file, model, options);
    }
    return now.best();
  }

  private TrainingState start(Path file) {
    TrainingState found = TrainingState.read(file, model, options);
    return found == null ? TrainingState.first(options) : found;
  }

  /// Steps up to the next checkpoint or the end of the epoch.
  private TrainingState stretch(TrainingState from) {
    model.train();
    optimizer.learningRate(from.rate());
    Torch.manualSeed(options.seed() + 1_000_003L * from.epoch() + from.step() + 1);
    Lstm.@Nullable State state = from.state();
    long at = from.step();
    for (int i = 0; i < options.interval() && at < train.steps() - 1; i++) {
      Batches.Batch batch = train.at(at, options.length());
      Lstm.State before = state;
      Step step = Scope.run(() -> step(batch, before));
      state = step.state();
      at += batch.length();
      long done = (at + options.length() - 1) / options.length();
      listener.step(from.epoch(), done, train.count(options.length()), step.loss());
    }
    return new TrainingState(from.epoch(), at, from.rate(), from.best(), state);
  }

  private record Step(double loss, Lstm.State state) {}

  private Step step(Batches.Batch batch, Lstm.@Nullable State before) {
    optimizer.zeroGrad();
    var out = model.apply(new LstmModel.Input(batch.words(), before));
    Tensor loss = out.logits().flatten(0, 1).crossEntropy(batch.targets());
    double value = loss.item();
    if (!Double.isFinite(value)) {
      throw new IllegalStateException(
          "the loss is %s; what was saved stays in %s, begin anew in another folder with a lower rate"
              .formatted(value, folder.path()));
    }
    loss.backward();
    GradClip.norm_(model.parameters(), options.clip());
    optimizer.step();
    return new Step(value, new Lstm.State(out.state().h().detach(), out.state().c().detach()));
  }

  /// The end of an epoch: the best model is saved, one that is not lowers the rate.
  private TrainingState validated(TrainingState now) {
    double loss = Evaluation.loss(model, valid, options.length());
    boolean best = loss < now.best();
    if (best) {
      folder.save(model);
    }
    double rate = best ? now.rate() : now.rate() / 4;
    listener.epoch(now.epoch(), loss, rate, best);
    return new TrainingState(now.epoch() + 1, 0, rate, Math.min(loss, now.best()), null);
  }
}
