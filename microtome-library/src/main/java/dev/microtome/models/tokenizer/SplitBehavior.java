package dev.microtome.models.tokenizer;

import java.util.ArrayList;
import java.util.List;

/// What becomes of a delimiter when a text is split on it; for `-` in `the-final--countdown`:
/// removed `the final countdown`, isolated `the - final - - countdown`, merged with previous
/// `the-final- - countdown`, with next `the -final - -countdown`, contiguous `the - final --
/// countdown`.
enum SplitBehavior {
  REMOVED("Removed"),
  ISOLATED("Isolated"),
  MERGED_WITH_PREVIOUS("MergedWithPrevious"),
  MERGED_WITH_NEXT("MergedWithNext"),
  CONTIGUOUS("Contiguous");

  private final String spelling;

  SplitBehavior(String spelling) {
    this.spelling = spelling;
  }

  static SplitBehavior read(Field field) {
    String spelling = field.string();
    for (SplitBehavior behavior : values()) {
      if (behavior.spelling.equals(spelling)) {
        return behavior;
      }
    }
    throw field.wrong(
        "is " + Field.shortened(spelling),
        "use Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
  }

  /// The non-empty pieces of `text`, in order.
  List<AlignedText> split(AlignedText text, Matches matches) {
    var out = new ArrayList<AlignedText>(matches.size());
    int from = 0;
    boolean open = false;
    for (int i = 0; i < matches.size(); i++) {
      boolean match = matches.matched(i);
      if (open && !joins(matches, i)) {
        cut(text, from, matches.start(i), out);
        open = false;
      }
      if (match && this == REMOVED) {
        continue;
      }
      if (!open) {
        from = matches.start(i);
        open = true;
      }
    }
    if (open) {
      cut(text, from, text.text.length(), out);
    }
    return out;
  }

  /// Whether piece `i` is one with the piece before it.
  private boolean joins(Matches matches, int i) {
    boolean match = matches.matched(i);
    boolean before = matches.matched(i - 1);
    return switch (this) {
      case REMOVED, ISOLATED -> false;
      case MERGED_WITH_PREVIOUS -> match && !before;
      case MERGED_WITH_NEXT -> !match && before;
      case CONTIGUOUS -> match == before;
    };
  }

  private static void cut(AlignedText text, int from, int to, List<AlignedText> out) {
    if (from < to) {
      out.add(text.slice(from, to));
    }
  }
}
