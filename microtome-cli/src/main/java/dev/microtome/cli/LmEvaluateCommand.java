package dev.microtome.cli;

import dev.microtome.models.lstm.Batches;
import dev.microtome.models.lstm.Corpus;
import dev.microtome.models.lstm.LmFolder;
import dev.microtome.models.lstm.LstmModel;
import dev.microtome.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `microtome lm evaluate MODEL TEXT`: the loss over a text, and how long it took.
@Command(name = "evaluate", description = "The mean loss of a model over a text file.")
final class LmEvaluateCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "MODEL", description = "A model's folder.")
  private Path model = Path.of(".");

  @Parameters(index = "1", paramLabel = "TEXT", description = "A text file.")
  private Path text = Path.of(".");

  @Option(names = "--length", paramLabel = "N", defaultValue = "25", description = "Words a step.")
  private long length;

  @Option(names = "--batch", paramLabel = "N", defaultValue = "1", description = "Columns.")
  private long batch;

  @Option(
      names = "--words",
      paramLabel = "N",
      description = "Read only the first N words of the text.")
  private long words = Long.MAX_VALUE;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    if (length < 1 || batch < 1 || words < 2) {
      throw output.misuse("--length and --batch must be at least 1, --words at least 2");
    }
    var folder = new LmFolder(model);
    LstmModel opened = folder.load();
    Tensor numbers = Corpus.text(text, folder.dictionary());
    var columns = Batches.of(TimedLoss.first(numbers, words), batch);
    TimedLoss found = TimedLoss.of(opened, columns, length, output);
    if (output.json) {
      var json = new LinkedHashMap<String, Object>();
      json.put("loss", found.loss());
      json.put("perplexity", Math.exp(found.loss()));
      json.put("words", found.words());
      json.put("seconds", found.seconds());
      output.json(json);
    } else {
      output.line(found.toString());
    }
    return 0;
  }
}
