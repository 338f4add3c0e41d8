package dev.microtome.tensor;

import org.jspecify.annotations.Nullable;

/// Finds the line of the caller's own code, the first outside Microtome, for messages.
public final class UserCode {
  private static final StackWalker WALKER = StackWalker.getInstance();

  private UserCode() {}

  /// `Ablation.java:14`, or null when everything on the stack is Microtome or the JDK.
  public static @Nullable String line() {
    StackWalker.StackFrame frame = frame();
    return frame == null ? null : describe(frame);
  }

  /// The frame of that line: cheap to keep, described only when a message needs it.
  public static StackWalker.@Nullable StackFrame frame() {
    return WALKER.walk(frames -> frames.filter(UserCode::isOutside).findFirst().orElse(null));
  }

  /// `Ablation.java:14`.
  public static String describe(StackWalker.StackFrame frame) {
    return frame.getFileName() + ":" + frame.getLineNumber();
  }

  private static boolean isOutside(StackWalker.StackFrame frame) {
    String name = frame.getClassName();
    return !name.startsWith("java.")
        && !name.startsWith("jdk.")
        && !name.startsWith("org.bytedeco.")
        && (!name.startsWith("dev.microtome.") || isOutsideTheLibrary(name));
  }

  // Examples, tests and the command-line program are users too.
  private static boolean isOutsideTheLibrary(String name) {
    return name.startsWith("dev.microtome.examples.")
        || name.startsWith("dev.microtome.cli.")
        || name.startsWith("dev.microtome.bench.")
        || name.contains("Test");
  }
}
