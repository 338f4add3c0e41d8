package dev.microtome.cli;

import dev.microtome.models.lstm.Batches;
import dev.microtome.models.lstm.Corpus;
import dev.microtome.models.lstm.Evaluation;
import dev.microtome.models.lstm.LmFolder;
import dev.microtome.models.lstm.LstmConfig;
import dev.microtome.models.lstm.LstmModel;
import dev.microtome.models.lstm.Training;
import dev.microtome.models.lstm.TrainingOptions;
import dev.microtome.tensor.Torch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `microtome lm train DATA --out DIR`: trains a model; started again, goes on where it stopped.
@Command(
    name = "train",
    description =
        "Train on a folder of texts. Started again with the same --out it goes on from the last "
            + "checkpoint; at most one --interval of steps is lost.")
final class LmTrainCommand implements Callable<Integer> {
  @Parameters(paramLabel = "DATA", description = "A folder with the text files.")
  private Path data = Path.of(".");

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "The model's folder.")
  private Path out = Path.of(".");

  @Option(names = "--train-file", paramLabel = "NAME", defaultValue = "train.txt")
  private String trainFile = "";

  @Option(names = "--valid-file", paramLabel = "NAME", defaultValue = "valid.txt")
  private String validFile = "";

  @Option(names = "--test-file", paramLabel = "NAME", defaultValue = "test.txt")
  private String testFile = "";

  @Option(names = "--width", paramLabel = "N", defaultValue = "200", description = "Of embeddings.")
  private long width;

  @Option(names = "--hidden", paramLabel = "N", defaultValue = "200", description = "Of states.")
  private long hidden;

  @Option(names = "--layers", paramLabel = "N", defaultValue = "2")
  private int layers;

  @Option(names = "--dropout", paramLabel = "P", defaultValue = "0.2")
  private double dropout;

  @Option(names = "--tied", description = "Decode with the embeddings.")
  private boolean tied;

  @Option(names = "--epochs", paramLabel = "N", defaultValue = "5")
  private int epochs;

  @Option(names = "--rate", paramLabel = "X", defaultValue = "20", description = "Learning rate.")
  private double rate;

  @Option(names = "--clip", paramLabel = "X", defaultValue = "0.25")
  private double clip;

  @Option(names = "--batch", paramLabel = "N", defaultValue = "20", description = "Columns.")
  private long batch;

  @Option(names = "--length", paramLabel = "N", defaultValue = "35", description = "Words a step.")
  private long length;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1111")
  private long seed;

  @Option(
      names = "--interval",
      paramLabel = "N",
      defaultValue = "200",
      description = "Steps between checkpoints.")
  private int interval;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    Corpus corpus =
        Corpus.read(data.resolve(trainFile), data.resolve(validFile), data.resolve(testFile));
    LstmConfig config =
        new LstmConfig(corpus.dictionary().size(), width, hidden, layers, dropout, tied);
    Batches testText = Batches.upTo(corpus.test(), 10);
    var folder = new LmFolder(out);
    checkSame(folder, config, corpus);
    folder.begin(config, corpus.dictionary());
    Torch.manualSeed(seed);
    var model = new LstmModel(config);
    var options = new TrainingOptions(epochs, rate, clip, batch, length, seed, interval);
    double best;
    try (var report = new Report()) {
      best = new Training(model, folder, corpus, options, report).run();
    }
    double test = Evaluation.loss(folder.load(), testText, length);
    if (output.json) {
      output.json(Map.of("valid_loss", best, "test_loss", test, "folder", out.toString()));
    } else {
      output.line(
          String.format(
              Locale.ROOT,
              "| End of training | test loss %5.2f | test ppl %8.2f | saved in %s",
              test,
              Math.exp(test),
              out));
    }
    return 0;
  }

  /// Goes on only with the model that was begun.
  private void checkSame(LmFolder folder, LstmConfig config, Corpus corpus) {
    if (!Files.exists(folder.path().resolve("training.pth"))) {
      return;
    }
    if (!folder.config().equals(config)
        || !folder.dictionary().words().equals(corpus.dictionary().words())) {
      throw output.misuse(
          "%s holds the training of another model (%s, %d words) than %s with the %d words of %s; give another --out"
              .formatted(
                  out,
                  folder.config(),
                  folder.dictionary().size(),
                  config,
                  corpus.dictionary().size(),
                  data));
    }
  }

  /// The example's lines, and a bar while a person watches.
  private final class Report implements Training.Listener, AutoCloseable {
    private double sum;
    private int steps;
    private long since = System.nanoTime();
    private @Nullable Progress bar;

    @Override
    public void step(int epoch, long done, long all, double loss) {
      if (bar == null) {
        bar = new Progress(output, "epoch " + (epoch + 1), all);
      }
      bar.step();
      sum += loss;
      if (++steps % interval == 0) {
        double mean = sum / interval;
        double ms = (System.nanoTime() - since) / 1e6 / interval;
        line(
            "| epoch %3d | %5d/%5d batches | ms/batch %5.2f | loss %5.2f | ppl %8.2f",
            epoch + 1, done, all, ms, mean, Math.exp(mean));
        sum = 0;
        since = System.nanoTime();
      }
    }

    @Override
    public void epoch(int epoch, double validLoss, double rate, boolean best) {
      close();
      line(
          "| end of epoch %3d | valid loss %5.2f | valid ppl %8.2f | lr %05.2f%s",
          epoch + 1, validLoss, Math.exp(validLoss), rate, best ? " | saved" : "");
    }

    @SuppressWarnings("AnnotateFormatMethod") // private, called above only
    private void line(String format, Object... values) {
      if (!output.json) {
        output.line(String.format(Locale.ROOT, format, values));
      }
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
        bar = null;
      }
    }
  }
}
