package dev.microtome.bench;

import dev.microtome.server.worker.JavaProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Runs a program that prints one number, in a process that shows what memory it takes: its heap
/// does not grow, and native memory goes back to the system as soon as it is freed.
final class OwnProcess {
  private OwnProcess() {}

  /// What `program`'s `main` prints.
  static long number(Class<?> program, String... args) {
    var options = new ArrayList<String>();
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-Xm"))
        .forEach(options::add);
    options.addAll(List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch"));
    ProcessBuilder builder =
        new JavaProgram(program, options, args)
            .command()
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
    try {
      Process process = builder.start();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      if (process.waitFor() != 0) {
        throw new IllegalStateException("measuring failed: " + String.join(" ", builder.command()));
      }
      return Long.parseLong(said);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while measuring", stopped);
    }
  }
}
