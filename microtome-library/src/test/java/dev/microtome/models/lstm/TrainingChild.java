package dev.microtome.models.lstm;

import dev.microtome.tensor.Torch;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/// A small training, in this JVM or in one of its own that dies in the middle.
final class TrainingChild {
  static final TrainingOptions OPTIONS = new TrainingOptions(2, 5, 0.25, 4, 5, 1, 4);

  /// Words of a text that train it: two sentences over and over.
  static final String TEXT = "the cat sat on the mat\na dog ran to the house\n".repeat(30);

  private TrainingChild() {}

  static LstmModel model(Corpus corpus) {
    Torch.manualSeed(1);
    return new LstmModel(new LstmConfig(corpus.dictionary().size(), 8, 8, 1, 0.3, false));
  }

  static double train(Corpus corpus, Path folder, Training.Listener listener) {
    LstmModel model = model(corpus);
    var to = new LmFolder(folder);
    to.begin(model.config(), corpus.dictionary());
    return new Training(model, to, corpus, OPTIONS, listener).run();
  }

  /// Steps made since the training began.
  static long steps(int epoch, long done, long all) {
    return epoch * all + done;
  }

  /// Arguments: the text, a folder, and how many threads to use.
  public static void main(String[] args) {
    Torch.threads(Integer.parseInt(args[2]));
    Path text = Path.of(args[0]);
    var listener =
        new Training.Listener() {
          @Override
          public void step(int epoch, long done, long all, double loss) {
            System.out.println("step " + steps(epoch, done, all));
            while (steps(epoch, done, all) == OPTIONS.epochs() * all - 2) {
              LockSupport.park(); // never ends by itself
            }
          }
        };
    train(Corpus.read(text, text, text), Path.of(args[1]), listener);
  }
}
