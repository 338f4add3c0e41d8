package dev.microtome.examples;

/// What follows a name on the command line.
final class Arguments {
  private Arguments() {}

  /// The argument behind `name`, or `fallback`.
  static String get(String[] args, String name, String fallback) {
    for (int i = 0; i + 1 < args.length; i += 2) {
      if (args[i].equals(name)) {
        return args[i + 1];
      }
    }
    return fallback;
  }
}
