package dev.microtome.models.lstm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Words and their numbers, counted in the order in which they were first seen.
public final class Dictionary {
  /// Ends every line.
  public static final String END = "<eos>";

  /// Stands for words that are rare, in corpora that have it.
  public static final String UNKNOWN = "<unk>";

  private final Map<String, Integer> numbers = new HashMap<>();
  private final List<String> words = new ArrayList<>();

  /// The number of a word, a new one when it was not there.
  public int add(String word) {
    Integer known = numbers.putIfAbsent(word, words.size());
    if (known != null) {
      return known;
    }
    words.add(word);
    return words.size() - 1;
  }

  /// The number of a word; one that is not there counts as `<unk>` if there is that.
  ///
  /// @throws UnknownWordException when there is neither
  public int number(String word) {
    Integer known = numbers.get(word);
    if (known == null) {
      known = numbers.get(UNKNOWN);
    }
    if (known == null) {
      throw new UnknownWordException(word);
    }
    return known;
  }

  public boolean contains(String word) {
    return numbers.containsKey(word);
  }

  /// The word with a number.
  public String word(long number) {
    if (number < 0 || number >= words.size()) {
      throw new IllegalArgumentException(
          "there is no word %d in a vocabulary of %d".formatted(number, words.size()));
    }
    return words.get((int) number);
  }

  /// All words by number.
  public List<String> words() {
    return Collections.unmodifiableList(words);
  }

  public int size() {
    return words.size();
  }
}
