package dev.microtome.examples;

import dev.microtome.models.GenerationOptions;
import dev.microtome.models.Gpt2;
import dev.microtome.models.Gpt2Config;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.finetune.LossHistory;
import dev.microtome.models.pictures.LossPicture;
import dev.microtome.models.tokenizer.Tokenizer;
import dev.microtome.nn.AdamW;
import dev.microtome.nn.GradClip;
import dev.microtome.nn.LrSchedule;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;

/// Trains a model such as the shipped one from scratch: GPT-2 with four blocks of width 32 learns
/// 890 sentences about landmarks by heart, in a few minutes on two cores.
///
/// Arguments: `--steps 1500`, `--seed 0`, `--out facts-model` (a folder, made if needed).
public final class TrainFacts {
  private static final int BATCH = 128;
  private static final double RATE = 6e-3;

  private final FactSheet facts;
  private final Gpt2 network;
  private final Tensor used;
  private final double unusedLogit;
  private final List<Double> losses = new ArrayList<>();

  private TrainFacts(Tokenizer tokenizer) throws IOException {
    facts = new FactSheet(tokenizer);
    network = new Gpt2(Gpt2Config.of(50257, 64, 32, 4, 4).withDropout(0));
    used = facts.usedTokens();
    unusedLogit = Math.log((double) (network.vocabulary() - used.numel()));
  }

  /// Trains, counts what is known, and saves the model with a picture of the loss.
  public static void main(String[] args) throws IOException {
    int steps = Integer.parseInt(Arguments.get(args, "--steps", "1500"));
    long seed = Long.parseLong(Arguments.get(args, "--seed", "0"));
    Path out = Path.of(Arguments.get(args, "--out", "facts-model"));
    Torch.threads(1); // matrices this small gain nothing from a second one
    Torch.manualSeed(seed);
    Instant start = Instant.now();
    var tokenizer = LanguageModel.shipped().tokenizer();
    var training = new TrainFacts(tokenizer);
    training.run(steps, new Random(seed));
    System.out.printf("%ntrained in %d s%n", Duration.between(start, Instant.now()).toSeconds());
    training.save(out, tokenizer);
    training.report(out);
  }

  private void run(int steps, Random random) {
    var optimizer = new AdamW(network.parameters(), RATE);
    var schedule = LrSchedule.linearWarmup(optimizer, Math.min(100, steps / 2), steps);
    var order = new ArrayList<>(IntStream.range(0, facts.size()).boxed().toList());
    int next = order.size();
    for (int step = 0; step < steps; step++) {
      if (next + BATCH > order.size()) {
        Collections.shuffle(order, random);
        next = 0;
      }
      List<Integer> rows = order.subList(next, next + BATCH);
      double loss = Scope.run(() -> step(optimizer, facts.batch(rows)));
      schedule.step();
      losses.add(loss);
      next += BATCH;
      showProgress(step + 1, steps, loss);
    }
    network.eval();
  }

  private double step(AdamW optimizer, FactSheet.Batch batch) {
    optimizer.zeroGrad();
    Tensor loss = loss(batch);
    loss.backward();
    GradClip.norm_(network.parameters(), 1);
    optimizer.step();
    return loss.item();
  }

  /// Only a few hundred of the 50257 tokens occur. The others keep their small random embeddings,
  /// so each has a logit near 0, and together they weigh as one token with logit ln(how many): the
  /// softmax over all of them for a hundredth of the work.
  private Tensor loss(FactSheet.Batch batch) {
    Tensor stream = network.transformer.apply(new Gpt2.Tokens(batch.ids())).flatten(0, 1);
    Tensor embeddings = network.tensor("transformer.wte.weight").indexSelect(0, used);
    Tensor logits = stream.linear(embeddings, null); // (rows · tokens, used tokens)
    Tensor others = Tensor.full(new Shape(logits.size(0), 1), unusedLogit, DType.FLOAT32);
    return Tensor.cat(List.of(logits, others), 1).crossEntropy(batch.targets().flatten());
  }

  private static void showProgress(int done, int steps, double loss) {
    if (done % 10 == 0 || done == steps) {
      int full = 40 * done / steps;
      System.out.printf(
          "\r[%s%s] %d/%d  loss %.4f ", "█".repeat(full), "·".repeat(40 - full), done, steps, loss);
      System.out.flush();
    }
  }

  private void save(Path out, Tokenizer tokenizer) throws IOException {
    long end = tokenizer.id("<|endoftext|>").orElseThrow();
    var settings = new GenerationOptions().stopTokens(end).padToken(end);
    LanguageModel.of(network, tokenizer, settings).save(out, DType.FLOAT16);
    try (InputStream file =
        Objects.requireNonNull(
            LanguageModel.class.getResourceAsStream("gpt2-facts/tokenizer.json"))) {
      Files.copy(file, out.resolve("tokenizer.json"), StandardCopyOption.REPLACE_EXISTING);
    }
    Files.writeString(
        out.resolve("loss.svg"),
        LossPicture.of(
            new LossHistory(losses, List.of()),
            "890 facts, GPT-2 with 4 blocks of width 32: loss"));
  }

  /// Everything is asked of the saved model: half the precision, read back from its files.
  private void report(Path out) {
    LanguageModel<Gpt2> saved = Gpt2.load(out);
    saved.loadWeights();
    FactSheet.Known known = facts.knownBy(saved.network());
    System.out.println("facts known by kind: " + known.byKind());
    System.out.println("facts known: " + known.all() + " of " + facts.size());
    System.out.println(saved.generate("The Eiffel Tower is in the city of", 8).text());
    System.out.println("saved in " + out + ", with loss.svg");
  }
}
