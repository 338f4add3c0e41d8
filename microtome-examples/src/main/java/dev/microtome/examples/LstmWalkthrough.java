package dev.microtome.examples;

import dev.microtome.dynamic.DynamicQuantization;
import dev.microtome.dynamic.QuantizedCheckpoint;
import dev.microtome.models.lstm.Batches;
import dev.microtome.models.lstm.Corpus;
import dev.microtome.models.lstm.Evaluation;
import dev.microtome.models.lstm.LmFolder;
import dev.microtome.models.lstm.LstmConfig;
import dev.microtome.models.lstm.LstmModel;
import dev.microtome.models.lstm.Training;
import dev.microtome.models.lstm.TrainingOptions;
import dev.microtome.models.lstm.WordText;
import dev.microtome.nn.Checkpoint;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/// PyTorch's walkthrough of dynamic quantization on an LSTM word language model: a model of 33,278
/// words and its size on disk before and after; then, on a small corpus and model that train in
/// seconds, text and the loss before and after.
///
/// Arguments: a folder with `train.txt`, `valid.txt` and `test.txt`; without one a corpus is made.
public final class LstmWalkthrough {
  private static final int BPTT = 25;
  private static final String[] SUBJECTS = {"the cat", "a dog", "the old man", "my sister"};
  private static final String[] VERBS = {"sat on", "ran to", "looked at"};
  private static final String[] OBJECTS = {"the mat", "a house", "the sea", "the big tree"};

  private LstmWalkthrough() {}

  /// Runs it.
  public static void main(String[] args) throws IOException {
    Torch.manualSeed(0);
    Torch.threads(1);
    Path scratch = Files.createTempDirectory("walkthrough");
    sizes(scratch);
    Path data = args.length > 0 ? Path.of(args[0]) : corpus(scratch.resolve("data"));
    losses(data, scratch.resolve("model"));
  }

  /// The tutorial's shapes: which layers are exchanged, and what that saves on disk.
  private static void sizes(Path scratch) throws IOException {
    var model = new LstmModel(new LstmConfig(33278, 512, 256, 5));
    model.eval();
    System.out.println(model);
    LstmModel quantized =
        DynamicQuantization.of(model, Set.of(Lstm.class, Linear.class), DType.QINT8);
    System.out.println(quantized);
    printSize(scratch, file -> Checkpoint.writeTorch(file, model));
    printSize(scratch, file -> QuantizedCheckpoint.writeTorch(file, quantized));
  }

  private static void printSize(Path scratch, Consumer<Path> save) throws IOException {
    Path file = scratch.resolve("temp.p");
    save.accept(file);
    System.out.println("Size (MB): " + Files.size(file) / 1e6);
    Files.delete(file);
  }

  /// A trained model writes, and loses nothing by being quantized.
  private static void losses(Path data, Path folder) {
    Corpus corpus = Corpus.read(data);
    var model = new LstmModel(new LstmConfig(corpus.dictionary().size(), 32, 32, 2, 0.1, false));
    var saved = new LmFolder(folder);
    saved.begin(model.config(), corpus.dictionary());
    var options = new TrainingOptions(4, 10, 0.25, 8, BPTT, 1, 100);
    new Training(model, saved, corpus, options, new Training.Listener() {}).run();
    LstmModel trained = saved.load();
    write(trained, corpus);

    LstmModel quantized =
        DynamicQuantization.of(trained, Set.of(Lstm.class, Linear.class), DType.QINT8);
    Batches test = Batches.of(corpus.test(), 1);
    double before = timeModelEvaluation(trained, test);
    double after = timeModelEvaluation(quantized, test);
    System.out.println("the loss changed by less than 0.01: " + (Math.abs(after - before) < 0.01));
  }

  private static void write(LstmModel model, Corpus corpus) {
    var text = new StringBuilder();
    long first = corpus.dictionary().number("<eos>");
    WordText.generate(
        model,
        first,
        40,
        1.0,
        word -> {
          byte[] utf8 = corpus.dictionary().word(word).getBytes(StandardCharsets.UTF_8);
          text.append("b'").append(new String(utf8, StandardCharsets.ISO_8859_1)).append("' ");
        });
    System.out.println("| Generated 40/40 words");
    System.out.println(text.toString().strip());
  }

  private static double timeModelEvaluation(LstmModel model, Batches test) {
    Instant start = Instant.now();
    double loss = Evaluation.loss(model, test, BPTT);
    double seconds = Duration.between(start, Instant.now()).toMillis() / 1e3;
    System.out.printf(Locale.ROOT, "loss: %.1f%n", loss);
    System.err.printf(Locale.ROOT, "elapsed time (seconds): %.1f%n", seconds);
    return loss;
  }

  /// Sentences of a few words, the same each time.
  private static Path corpus(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String name : new String[] {"train", "valid", "test"}) {
      var random = new Random(name.length());
      var text = new StringBuilder();
      for (int i = 0; i < (name.equals("train") ? 1500 : 150); i++) {
        text.append(SUBJECTS[random.nextInt(SUBJECTS.length)]).append(' ');
        text.append(VERBS[random.nextInt(VERBS.length)]).append(' ');
        text.append(OBJECTS[random.nextInt(OBJECTS.length)]).append(" .\n");
      }
      Files.writeString(folder.resolve(name + ".txt"), text);
    }
    return folder;
  }
}
