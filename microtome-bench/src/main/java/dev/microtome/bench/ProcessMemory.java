package dev.microtome.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// By how much this process grows while something runs, as Linux counts it.
public final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path PEAK = Path.of("/proc/self/clear_refs");
  private static final String RESET = "5"; // makes the peak what is held now

  private ProcessMemory() {}

  /// Whether this system tells.
  public static boolean isMeasurable() {
    return Files.isWritable(PEAK);
  }

  /// Bytes held at most during `work` over those held before.
  static long grown(Runnable work) {
    return held(() -> {}, work);
  }

  /// Bytes held at most during `work` over those held before `preparation`, whatever that took for
  /// a while.
  static long held(Runnable preparation, Runnable work) {
    try {
      long before = kibibytes("VmRSS");
      preparation.run();
      System.gc();
      Thread.sleep(Duration.ofMillis(500)); // cleaners free native memory
      Files.writeString(PEAK, RESET);
      work.run();
      return (kibibytes("VmHWM") - before) << 10;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while measuring", stopped);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The same as [#grown], without a garbage collection before: quick, and less exact.
  public static long grownAsItIs(Runnable work) {
    try {
      Files.writeString(PEAK, RESET);
      long before = kibibytes("VmRSS");
      work.run();
      return (kibibytes("VmHWM") - before) << 10;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long kibibytes(String key) throws IOException {
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith(key + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow(() -> new IOException(STATUS + " has no " + key));
  }
}
