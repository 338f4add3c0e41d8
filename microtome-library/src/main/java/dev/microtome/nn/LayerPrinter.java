package dev.microtome.nn;

import java.util.ArrayList;
import java.util.List;

/// Prints a network as PyTorch does: one line a leaf, children indented, equal neighbours of a list
/// folded into `(0-11): 12 x GPT2Block(`.
final class LayerPrinter {
  private LayerPrinter() {}

  static String print(Layer<?, ?> layer) {
    List<String> lines = childLines(layer);
    String described = layer.describe();
    if (lines.isEmpty() && !described.contains("\n")) {
      return layer.name() + "(" + described + ")";
    }
    if (!described.isEmpty()) {
      lines.addAll(0, described.lines().toList());
    }
    return layer.name() + "(\n  " + String.join("\n  ", lines) + "\n)";
  }

  private static List<String> childLines(Layer<?, ?> layer) {
    var lines = new ArrayList<String>();
    var printed = new ArrayList<String>();
    var names = new ArrayList<String>();
    for (Slot<?, ?> slot : layer.children().values()) {
      if (slot.isPrinted()) {
        names.add(slot.name());
        printed.add(indented(slot.get()));
      }
    }
    boolean folds = layer instanceof LayerList<?>;
    for (int from = 0; from < printed.size(); ) {
      int to = from + 1;
      while (folds && to < printed.size() && printed.get(to).equals(printed.get(from))) {
        to++;
      }
      lines.add(
          to - from == 1
              ? "(%s): %s".formatted(names.get(from), printed.get(from))
              : "(%s-%s): %d x %s"
                  .formatted(names.get(from), names.get(to - 1), to - from, printed.get(from)));
      from = to;
    }
    return lines;
  }

  private static String indented(Layer<?, ?> layer) {
    return print(layer).replace("\n", "\n  ");
  }
}
