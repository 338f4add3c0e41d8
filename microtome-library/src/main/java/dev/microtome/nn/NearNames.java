package dev.microtome.nn;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Suggests names near a mistyped one, by edit distance.
public final class NearNames {
  private static final int SHOWN = 3;

  private NearNames() {}

  /// `; near: a, b, c`, or nothing when nothing is known.
  public static String hint(String wanted, Collection<String> known) {
    List<String> near = of(wanted, known);
    return near.isEmpty() ? "" : "; near: " + String.join(", ", near);
  }

  /// Up to three names, the nearest first.
  public static List<String> of(String wanted, Collection<String> known) {
    return known.stream()
        .filter(name -> !name.isEmpty())
        .sorted(Comparator.comparingInt((String name) -> distance(wanted, name)))
        .limit(SHOWN)
        .toList();
  }

  /// Levenshtein's distance, one row at a time.
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
