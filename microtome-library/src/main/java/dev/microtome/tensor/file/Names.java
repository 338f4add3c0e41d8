package dev.microtome.tensor.file;

import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.stream.Collectors;

/// What may be the name of a tensor or of a shard.
final class Names {
  private static final int LONGEST_COMPARED = 200;

  private Names() {}

  /// No half surrogate pairs, that is: the text has a UTF-8 form.
  static boolean isUnicode(String text) {
    return text.codePoints().noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
  }

  /// A plain file name: nothing in it can leave the directory it is looked up in.
  static boolean isPlainFile(String name) {
    return !name.isEmpty()
        && isUnicode(name)
        && !name.equals(".")
        && !name.equals("..")
        && name.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }

  /// The order of the UTF-8 bytes, which is not the order of Java's chars beyond the basic plane.
  static int compare(String a, String b) {
    int i = 0;
    int shorter = Math.min(a.length(), b.length());
    while (i < shorter && a.charAt(i) == b.charAt(i)) i++;
    if (i == shorter) return Integer.compare(a.length(), b.length());
    char x = a.charAt(i);
    char y = b.charAt(i);
    boolean far = Character.isSurrogate(x);
    return far != Character.isSurrogate(y) ? (far ? 1 : -1) : Character.compare(x, y);
  }

  /// Up to three of `known` that look most like `wanted`, as a remedy for a message.
  static String near(String wanted, Collection<String> known) {
    if (known.isEmpty()) return "there are no tensors in it";
    var nearest =
        known.stream()
            .sorted(Comparator.comparingInt(name -> distance(wanted, name)))
            .limit(3)
            .map(SafetensorsException::quote)
            .collect(Collectors.joining(", "));
    return "did you mean " + nearest + "?";
  }

  private static int distance(String a, String b) {
    if (Math.max(a.length(), b.length()) > LONGEST_COMPARED) return Integer.MAX_VALUE;
    int[] above = new int[b.length() + 1];
    Arrays.setAll(above, j -> j);
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = above[0];
      above[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int swap = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = above[j];
        above[j] = Math.min(swap, 1 + Math.min(above[j], above[j - 1]));
      }
    }
    return above[b.length()];
  }
}
