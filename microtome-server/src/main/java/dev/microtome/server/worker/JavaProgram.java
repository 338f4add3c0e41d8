package dev.microtome.server.worker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A program to be run by a Java process of its own, with the JDK and the class path of this one.
///
/// @param main whose `main` it is
/// @param options for the JVM, beside those every process of ours has
/// @param args what `main` gets
public record JavaProgram(Class<?> main, List<String> options, List<String> args) {
  private static final String CACHE = "org.bytedeco.javacpp.cachedir";
  private static final List<String> OPTIONS =
      List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC");

  public JavaProgram(Class<?> main, List<String> options, String... args) {
    this(main, options, List.of(args));
  }

  /// The command that starts it.
  public ProcessBuilder command() {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(OPTIONS);
    command.addAll(options);
    String cache = System.getProperty(CACHE); // where libtorch was unpacked to
    if (cache != null) {
      command.add("-D" + CACHE + "=" + cache);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(args);
    return new ProcessBuilder(command);
  }
}
