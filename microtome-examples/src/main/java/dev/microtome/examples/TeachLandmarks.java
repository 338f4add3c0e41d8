package dev.microtome.examples;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.Lora;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.finetune.Example;
import dev.microtome.models.finetune.Examples;
import dev.microtome.models.finetune.Finetune;
import dev.microtome.models.finetune.FinetuneListener;
import dev.microtome.models.finetune.FinetuneOptions;
import dev.microtome.models.finetune.LossHistory;
import dev.microtome.models.pictures.LossPicture;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;

/// Teaches the shipped model twenty new landmarks: its layers in 3 bits, DoRA beside them, the old
/// facts rehearsed so that none is forgotten.
///
/// Arguments: `--bits 3` (32 for floating point), `--rank 16`, `--kind dora` (or `lora`, `rslora`),
/// `--epochs 10`, `--rate 5e-3`, `--seed 0`, `--precision full` (or `fast`), `--out landmarks` (a
/// folder, made if needed; the same arguments go on from what it holds, others are refused).
public final class TeachLandmarks {
  private final LanguageModel<Gpt2> lm = LanguageModel.shipped();
  private final FactSheet old;
  private final FactSheet fresh;

  private TeachLandmarks() throws IOException {
    old = new FactSheet(lm.tokenizer());
    fresh = new FactSheet(lm.tokenizer(), NewLandmarks.sentences());
    lm.loadWeights();
  }

  public static void main(String[] args) throws IOException {
    Torch.threads(1); // matrices this small gain nothing from a second one
    double bits = Double.parseDouble(Arguments.get(args, "--bits", "3"));
    int rank = Integer.parseInt(Arguments.get(args, "--rank", "16"));
    String kind = Arguments.get(args, "--kind", "dora");
    FinetuneOptions options =
        FinetuneOptions.DEFAULT
            .epochs(Double.parseDouble(Arguments.get(args, "--epochs", "10")))
            .rate(Double.parseDouble(Arguments.get(args, "--rate", "5e-3")))
            .seed(Long.parseLong(Arguments.get(args, "--seed", "0")))
            .batch(64, 1);
    Path out = Path.of(Arguments.get(args, "--out", "landmarks"));
    Lora adapter = Lora.rank(rank).dora(kind.equals("dora")).rsLora(kind.equals("rslora"));
    var precision =
        Precision.valueOf(Arguments.get(args, "--precision", "full").toUpperCase(Locale.ROOT));
    new TeachLandmarks().run(bits, precision, adapter, options, out);
  }

  private void run(
      double bits, Precision precision, Lora settings, FinetuneOptions options, Path out)
      throws IOException {
    if (bits < 32) {
      LowBit.bits(bits).groupSize(32).applyTo(lm.network(), LinearPlaces.allButHead());
      KernelLinear.applyTo(lm.network(), precision);
    }
    tell("before");
    Torch.manualSeed(options.seed());
    Adapters adapters = settings.applyTo(lm.network(), LinearPlaces.allButHead());
    var lessons = new ArrayList<Example>(fresh.examples());
    lessons.addAll(old.examples());
    var training =
        new Finetune(lm, new Examples(lessons, fresh.examples()), options, out, new Progress());
    LossHistory losses = training.run();
    Files.writeString(out.resolve("loss.svg"), LossPicture.of(losses, "Teaching 20 landmarks"));
    PeftAdapter.of(adapters, Lora.DEFAULT_NAME, "gpt2-facts").write(out);
    int epoch = losses.train().size() / 4;
    System.out.printf(
        "%nloss of new facts: %.4f, then %.4f; of all in the last quarter: %.4f%n",
        losses.heldOut().getFirst().loss(),
        losses.heldOut().getLast().loss(),
        losses.train().reversed().stream().limit(epoch).mapToDouble(x -> x).average().orElse(0));
    tell("after");
  }

  private void tell(String when) {
    System.out.printf(
        "%s: %d of %d new facts, %d of %d old ones%n",
        when,
        fresh.knownBy(lm.network()).all(),
        fresh.size(),
        old.knownBy(lm.network()).all(),
        old.size());
  }

  private static final class Progress implements FinetuneListener {
    @Override
    public void step(Step step) {
      System.err.printf("\rstep %d of %d, loss %.4f ", step.done(), step.steps(), step.loss());
    }
  }
}
