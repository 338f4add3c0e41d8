package dev.microtome.bench;

import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The most memory a training step takes, as Linux counts it: by how much the process grows beyond
/// what it had before. A process of its own measures, with a heap that does not grow, and native
/// memory that goes back to the system as soon as it is freed.
final class QatMemory {
  private static final int IMAGES = 256;
  private static final int WARM_UPS = 3;
  private static final int STEPS = 3;

  private QatMemory() {}

  static boolean isMeasurable() {
    return ProcessMemory.isMeasurable();
  }

  /// Bytes, the most of several steps.
  static long of(QatNetwork network) {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(option -> !option.startsWith("-Xm"))
        .forEach(command::add);
    command.addAll(List.of("-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(QatMemory.class.getName(), network.name()));
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536");
    try {
      Process process = builder.start();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip();
      if (process.waitFor() != 0) {
        throw new IllegalStateException("measuring memory failed: " + String.join(" ", command));
      }
      return Long.parseLong(said);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while measuring memory", stopped);
    }
  }

  /// What the process runs: prints the bytes for the network of this name.
  public static void main(String[] args) {
    Torch.threads(1);
    Torch.manualSeed(0);
    Runnable step = QatNetwork.valueOf(args[0].toUpperCase(Locale.ROOT)).step(IMAGES);
    for (int i = 0; i < WARM_UPS; i++) {
      step.run();
    }
    long most = 0;
    for (int i = 0; i < STEPS; i++) {
      most = Math.max(most, ProcessMemory.grown(step));
    }
    System.out.println(most);
  }
}
