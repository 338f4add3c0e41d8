package dev.microtome.cli;

import dev.microtome.models.lstm.Dictionary;
import dev.microtome.models.lstm.LmFolder;
import dev.microtome.models.lstm.LstmModel;
import dev.microtome.models.lstm.WordText;
import dev.microtome.models.pictures.VisibleText;
import dev.microtome.tensor.Torch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `microtome lm generate MODEL`: lets a model write.
@Command(name = "generate", description = "Let a model write, word by word.")
final class LmGenerateCommand implements Callable<Integer> {
  private static final int LINE = 20;
  private static final int REPORT = 100;

  @Parameters(paramLabel = "MODEL", description = "A model's folder.")
  private Path model = Path.of(".");

  @Option(names = "--words", paramLabel = "N", defaultValue = "100", description = "How many.")
  private int words;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "1.0",
      description = "Below 1 bolder, above 1 wilder.")
  private double temperature;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1111")
  private long seed;

  @Option(names = "--first", paramLabel = "WORD", description = "The word to begin after.")
  private @Nullable String first;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    output.requireCount("--words", words);
    var folder = new LmFolder(model);
    Dictionary dictionary = folder.dictionary();
    LstmModel opened = folder.load();
    long begin = dictionary.number(first == null ? Dictionary.END : first);
    Torch.manualSeed(seed);
    List<String> written = new ArrayList<>();
    WordText.generate(
        opened, begin, words, temperature, word -> write(dictionary.word(word), written));
    if (output.json) {
      output.json(Map.of("words", written));
    } else if (written.size() % LINE != 0) {
      output.line("");
    }
    return 0;
  }

  private void write(String word, List<String> written) {
    if (written.size() % REPORT == 0 && output.isTerminal() && !output.json) {
      output.err().println("| Generated %d/%d words".formatted(written.size(), words));
    }
    written.add(word);
    if (!output.json) {
      output.piece(VisibleText.printable(word) + (written.size() % LINE == 0 ? "\n" : " "));
    }
  }
}
