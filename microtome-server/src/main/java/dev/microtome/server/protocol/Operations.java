package dev.microtome.server.protocol;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.TreeSet;

/// The operations a graph may name: the vocabulary of tensors by exact name, nothing that is looked
/// up when asked for. Left out are those that hand out memory nobody wrote.
public final class Operations {
  /// Steps that are no operations on tensors, with what a graph can do to a run.
  private static final Set<String> STEPS =
      Set.of(
          "argument",
          "parameter",
          "swap",
          "skip",
          "grad",
          "grad_swap",
          "pick",
          "earlier",
          "branch",
          "choose",
          "repeat",
          "next",
          "cache",
          "log",
          "getitem",
          "setitem",
          "backward");

  private static final Set<String> ALLOWED = allowed();

  private Operations() {}

  /// Whether a node may be of this kind.
  public static boolean isAllowed(String op) {
    return ALLOWED.contains(op);
  }

  /// All of them, in order.
  public static Set<String> all() {
    return new TreeSet<>(ALLOWED);
  }

  private static Set<String> allowed() {
    try (var file = Operations.class.getResourceAsStream("operations.txt")) {
      if (file == null) {
        throw new IllegalStateException("operations.txt is missing beside " + Operations.class);
      }
      var names = new TreeSet<>(STEPS);
      new String(file.readAllBytes(), StandardCharsets.US_ASCII).lines().forEach(names::add);
      return Set.copyOf(names);
    } catch (IOException e) {
      throw new UncheckedIOException("operations.txt can't be read", e);
    }
  }
}
