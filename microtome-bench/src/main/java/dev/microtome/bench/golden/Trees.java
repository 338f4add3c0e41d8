package dev.microtome.bench.golden;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Trees as older versions of PyTorch print them, each block of a list written out.
final class Trees {
  private static final Pattern FOLDED = Pattern.compile("( *)\\((\\d+)-(\\d+)\\): \\d+ x (.*)");

  private Trees() {}

  static String unfolded(String tree) {
    return String.join("\n", unfolded(tree.lines().toList()));
  }

  private static List<String> unfolded(List<String> lines) {
    var out = new ArrayList<String>();
    for (int at = 0; at < lines.size(); at++) {
      Matcher head = FOLDED.matcher(lines.get(at));
      if (!head.matches()) {
        out.add(lines.get(at));
        continue;
      }
      int end = end(lines, at, head.group(1));
      List<String> inside = unfolded(lines.subList(at + 1, end + 1));
      int last = Integer.parseInt(head.group(3));
      for (int index = Integer.parseInt(head.group(2)); index <= last; index++) {
        out.add("%s(%d): %s".formatted(head.group(1), index, head.group(4)));
        out.addAll(inside);
      }
      at = end;
    }
    return out;
  }

  // The line that closes what `at` opens, `at` itself when it opens nothing.
  private static int end(List<String> lines, int at, String indent) {
    int end = at;
    if (lines.get(at).endsWith("(")) {
      while (!lines.get(end).equals(indent + ")")) {
        end++;
      }
    }
    return end;
  }
}
