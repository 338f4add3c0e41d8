package dev.microtome.models.lstm;

import dev.microtome.models.text.CorpusException;
import dev.microtome.tensor.Tensor;
import java.nio.file.Path;

/// Three texts as word numbers, each line ended by `<eos>`, with the dictionary of all of them.
///
/// The numbers are those of PyTorch's word language model: words in the order in which they are
/// first seen in the training, then the validation, then the test text.
///
/// @param train all words of the training text, one dimension
/// @param valid of the validation text
/// @param test of the test text
public record Corpus(Dictionary dictionary, Tensor train, Tensor valid, Tensor test) {
  /// Reads `train.txt`, `valid.txt` and `test.txt` of a folder.
  ///
  /// @throws CorpusException when one is missing, empty or not UTF-8
  public static Corpus read(Path folder) {
    return read(
        folder.resolve("train.txt"), folder.resolve("valid.txt"), folder.resolve("test.txt"));
  }

  /// Reads three files, which may be the same.
  public static Corpus read(Path train, Path valid, Path test) {
    var dictionary = new Dictionary();
    Tensor first = TextFile.read(train).numbers(dictionary::add);
    Tensor second = TextFile.read(valid).numbers(dictionary::add);
    Tensor third = TextFile.read(test).numbers(dictionary::add);
    return new Corpus(dictionary, first, second, third);
  }

  /// Reads one text with a dictionary that stays as it is.
  ///
  /// @throws UnknownWordException for a word it does not have, when it has no `<unk>` either
  public static Tensor text(Path file, Dictionary dictionary) {
    return TextFile.read(file).numbers(dictionary::number);
  }
}
