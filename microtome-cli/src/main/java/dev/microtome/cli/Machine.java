package dev.microtome.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// What the operating system says of this machine.
final class Machine {
  /// Instructions the kernels of libtorch and its BLAS ask for.
  private static final List<String> OF_INTEREST =
      List.of(
          "avx2",
          "fma",
          "f16c",
          "avx512f",
          "avx512_vnni",
          "avx_vnni",
          "avx512_bf16",
          "amx_tile",
          "amx_int8",
          "amx_bf16",
          "asimd",
          "asimddp",
          "bf16",
          "i8mm",
          "sve");

  private Machine() {}

  /// The instructions of interest this processor has; empty where the system does not say (outside
  /// Linux).
  static List<String> cpuFlags() {
    Set<String> all = Set.of(cpuinfo("flags", "Features").split(" "));
    return OF_INTEREST.stream().filter(all::contains).toList();
  }

  static String cpuModel() {
    String model = cpuinfo("model name", "CPU implementer");
    return model.isEmpty() ? System.getProperty("os.arch") : model;
  }

  private static String cpuinfo(String... keys) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines
          .filter(line -> Stream.of(keys).anyMatch(line::startsWith))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("");
    } catch (IOException notLinux) {
      return "";
    }
  }

  /// Bytes of memory, and of it free.
  static long[] memory() {
    var system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new long[] {system.getTotalMemorySize(), system.getFreeMemorySize()};
  }

  /// Libraries of another libtorch that a linker could find first.
  static List<Path> otherLibtorch() {
    return Stream.of(
            "/usr/lib", "/usr/local/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu")
        .map(Path::of)
        .filter(Files::isDirectory)
        .flatMap(Machine::libtorchIn)
        .toList();
  }

  private static Stream<Path> libtorchIn(Path dir) {
    try (Stream<Path> files = Files.list(dir)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("libtorch_cpu.so"))
          .toList()
          .stream();
    } catch (IOException unreadable) {
      return Stream.empty();
    }
  }
}
