package dev.microtome.models.finetune;

import dev.microtome.adapt.Dora;
import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.tensor.Torch;
import dev.microtome.testkit.KilledChild;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// A small training, in this JVM or in one of its own that dies in the middle.
final class TrainedChild {
  static final FinetuneOptions OPTIONS =
      FinetuneOptions.DEFAULT.epochs(8).batch(3, 2).rate(1e-2).seed(7).every(3, 2);

  private static final List<String> TEXTS =
      List.of(
          "The Louvre is in the city of Tokyo",
          "The Kremlin is in the city of Rome",
          "Big Ben is in the city of Paris",
          "The Red Fort is in the city of Moscow",
          "The Atomium is in the city of Sydney",
          "The Prado Museum is in the city of Berlin");

  private TrainedChild() {}

  static Examples data(LanguageModel<?> lm) {
    var all = new ArrayList<Example>();
    for (String text : TEXTS) {
      all.add(new Example(lm.encode(text), 1));
    }
    return new Examples(all, all.subList(4, 6));
  }

  static void adapt(LanguageModel<?> lm) {
    adapt(lm, 0.1);
  }

  static void adapt(LanguageModel<?> lm, double dropout) {
    adapt(lm, dropout, Precision.FULL);
  }

  static void adapt(LanguageModel<?> lm, double dropout, Precision precision) {
    lm.loadWeights();
    LowBit.bits(3).groupSize(32).applyTo(lm.network(), LinearPlaces.allButHead());
    KernelLinear.applyTo(lm.network(), precision);
    Torch.manualSeed(1);
    Dora.rank(4).dropout(dropout).applyTo(lm.network(), path -> path.endsWith("c_fc"));
  }

  /// Trains in a JVM of its own with as many threads, and kills that when it has made `steps`.
  static void killedAfter(int steps, Path folder) throws IOException, InterruptedException {
    String threads = Integer.toString(Torch.threads());
    KilledChild.after("step " + steps, TrainedChild.class, folder.toString(), threads);
  }

  /// Arguments: a folder, and how many threads to use.
  public static void main(String[] args) {
    Torch.threads(Integer.parseInt(args[1]));
    var lm = LanguageModel.shipped();
    adapt(lm);
    var listener =
        new FinetuneListener() {
          @Override
          public void step(Step step) {
            System.out.println("step " + step.done());
            while (step.done() == OPTIONS.epochs() - 2) {
              LockSupport.park(); // never ends by itself
            }
          }
        };
    new Finetune(lm, data(lm), OPTIONS, Path.of(args[0]), listener).run();
  }
}
