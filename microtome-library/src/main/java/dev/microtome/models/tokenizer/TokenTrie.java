package dev.microtome.models.tokenizer;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Finds the leftmost and there the longest of many strings.
final class TokenTrie {
  private final Node root = new Node();

  private static final class Node {
    final Map<Character, Node> next = new HashMap<>(2);
    @Nullable AddedToken token;
  }

  /// A string given twice keeps its first token; the empty one is never found.
  void add(String content, AddedToken token) {
    Node node = root;
    for (int i = 0; i < content.length(); i++) {
      node = node.next.computeIfAbsent(content.charAt(i), _ -> new Node());
    }
    if (node != root && node.token == null) {
      node.token = token;
    }
  }

  boolean isEmpty() {
    return root.next.isEmpty();
  }

  /// Where a string was found.
  record Hit(int start, int end, AddedToken token) {}

  @Nullable Hit find(String text, int from) {
    for (int start = from; start < text.length(); start++) {
      Node node = root.next.get(text.charAt(start));
      Hit longest = null;
      for (int i = start + 1; node != null; i++) {
        if (node.token != null) {
          longest = new Hit(start, i, node.token);
        }
        node = i < text.length() ? node.next.get(text.charAt(i)) : null;
      }
      if (longest != null) {
        return longest;
      }
    }
    return null;
  }
}
