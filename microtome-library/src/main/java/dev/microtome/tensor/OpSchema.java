package dev.microtome.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A parsed operator schema of libtorch, such as `aten::sum.dim_IntList(Tensor self, int[1]? dim,
/// bool keepdim=False) -> Tensor`.
record OpSchema(String name, String overload, List<Parameter> parameters, String text) {

  /// One parameter; `type` has lost its alias annotation and list length (`Tensor(a!)`, `int[2]`).
  record Parameter(
      String type,
      String name,
      @Nullable String defaultValue,
      boolean written,
      boolean keywordOnly) {
    boolean nullable() {
      return type.endsWith("?");
    }

    /// The type without `?`.
    String base() {
      return nullable() ? type.substring(0, type.length() - 1) : type;
    }
  }

  /// Variants that write into an `out` argument are dropped: Java has no use for them.
  boolean isOut() {
    return parameters.stream().anyMatch(p -> p.written && p.keywordOnly);
  }

  /// Number of results, or -1 for a list of unknown length.
  int results() {
    String returns = text.substring(text.lastIndexOf("->") + 2).strip();
    if (returns.endsWith("[]")) {
      return -1;
    }
    return returns.startsWith("(")
        ? splitTopLevel(returns.substring(1, returns.length() - 1)).size()
        : 1;
  }

  static OpSchema parse(String text) {
    int open = text.indexOf('(');
    String full = text.substring(0, open);
    int dot = full.indexOf('.', full.indexOf("::"));
    int close = matching(text, open);
    var parameters = new ArrayList<Parameter>();
    boolean keywordOnly = false;
    for (String part : splitTopLevel(text.substring(open + 1, close))) {
      if (part.equals("*")) {
        keywordOnly = true;
      } else {
        parameters.add(parameter(part, keywordOnly));
      }
    }
    return new OpSchema(
        dot < 0 ? full : full.substring(0, dot),
        dot < 0 ? "" : full.substring(dot + 1),
        List.copyOf(parameters),
        text);
  }

  private static Parameter parameter(String part, boolean keywordOnly) {
    int equals = part.indexOf('=');
    String declaration = equals < 0 ? part : part.substring(0, equals);
    int space = declaration.lastIndexOf(' ');
    String type = declaration.substring(0, space);
    return new Parameter(
        type.replaceAll("\\([^)]*\\)", "").replaceAll("\\[\\d+]", "[]"),
        declaration.substring(space + 1),
        equals < 0 ? null : part.substring(equals + 1),
        type.contains("!"),
        keywordOnly);
  }

  private static int matching(String text, int open) {
    int depth = 0;
    for (int i = open; i < text.length(); i++) {
      char c = text.charAt(i);
      depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
      if (depth == 0) {
        return i;
      }
    }
    throw new IllegalArgumentException("not an operator schema: " + text);
  }

  private static List<String> splitTopLevel(String text) {
    var parts = new ArrayList<String>();
    int depth = 0;
    int from = 0;
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      quoted ^= c == '"' || c == '\'';
      depth += quoted ? 0 : c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
      if (c == ',' && depth == 0 && !quoted) {
        parts.add(text.substring(from, i).strip());
        from = i + 1;
      }
    }
    String last = text.substring(from).strip();
    if (!last.isEmpty()) {
      parts.add(last);
    }
    return parts;
  }

  @Override
  public String toString() {
    return text;
  }
}
