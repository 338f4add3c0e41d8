package dev.microtome.cli;

import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `microtome doctor`: what this machine offers, and what is known to go wrong on such a machine.
@Command(
    name = "doctor",
    description = {
      "Say what this machine offers: JDK, libtorch, CPU, BLAS, threads, memory.",
      "Known traps are printed as warnings; only a libtorch that cannot be loaded is an error."
    })
final class Doctor implements Callable<Integer> {
  @Mixin Output output = new Output();

  private final Map<String, Object> facts = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();

  @Override
  public Integer call() {
    java();
    processor();
    boolean works = libtorch();
    memory();
    print(works);
    return works ? 0 : 1;
  }

  private void java() {
    facts.put("microtome", Version.text());
    facts.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
    facts.put("java home", System.getProperty("java.home"));
    facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    boolean vector = ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    facts.put(
        "vector module",
        vector ? "present" : "not asked for (low-bit layers and generation are slower without)");
  }

  private void processor() {
    facts.put("cpu", Machine.cpuModel());
    List<String> flags = Machine.cpuFlags();
    facts.put("cpu flags", flags.isEmpty() ? "unknown on this system" : String.join(" ", flags));
    facts.put("processors", Runtime.getRuntime().availableProcessors());
  }

  private boolean libtorch() {
    boolean cold = isCold(Torch.nativeCache());
    List<Path> others = Machine.otherLibtorch();
    if (!others.isEmpty()) {
      warnings.add(
          "another libtorch is installed ("
              + others.getFirst()
              + "). Microtome unpacks its own first;"
              + " other programs on JavaCPP may load the wrong one and crash"
              + (cold ? ", above all now that the cache is empty" : ""));
    }
    String core = System.getenv("OPENBLAS_CORETYPE");
    if (core != null) {
      warnings.add(
          "OPENBLAS_CORETYPE="
              + core
              + " is set: BLAS uses these kernels whatever the processor is."
              + " A wrong one is slow or crashes; unset it unless you are measuring");
    }
    facts.put("native cache", Torch.nativeCache() + (cold ? " (was empty)" : ""));
    try {
      loaded();
      return true;
    } catch (LinkageError | RuntimeException e) {
      facts.put("libtorch", "cannot be loaded");
      warnings.add("libtorch cannot be loaded: " + e + "; is there a build for this system?");
      return false;
    }
  }

  private void loaded() {
    String build = Torch.buildInfo();
    facts.put("libtorch", Torch.version() + ", kernels " + Torch.cpuCapability());
    facts.put("libtorch build", build.strip().lines().skip(1).map(Doctor::item).toList());
    facts.put("blas", Torch.blasInfo());
    facts.put("threads", Torch.threads());
    for (String name : List.of("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_WAIT_POLICY")) {
      facts.put(name, Objects.requireNonNullElse(System.getenv(name), "not set"));
    }
  }

  private static String item(String line) {
    return line.strip().replaceFirst("^- ", "").replaceFirst("CXX_FLAGS=[^,]*, ", "");
  }

  private static boolean isCold(Path cache) {
    if (!Files.isDirectory(cache)) {
      return true;
    }
    try (Stream<Path> files = Files.list(cache)) {
      return files.noneMatch(file -> file.getFileName().toString().startsWith("pytorch"));
    } catch (IOException unreadable) {
      return true;
    }
  }

  private void memory() {
    long[] memory = Machine.memory();
    facts.put("memory", megabytes(memory[0]) + " MB, free " + megabytes(memory[1]) + " MB");
    facts.put("java heap", "at most " + megabytes(Runtime.getRuntime().maxMemory()) + " MB");
  }

  private static long megabytes(long bytes) {
    return bytes >> 20;
  }

  private void print(boolean works) {
    if (output.json) {
      output.json(Map.of("ok", works, "facts", facts, "warnings", warnings));
      return;
    }
    Ansi ansi = output.ansi();
    facts.forEach((name, value) -> {
      List<?> lines = value instanceof List<?> list ? list : List.of(value);
      String label = name;
      for (Object line : lines) {
        output.line(ansi.bold("%-20s".formatted(label)) + " " + line);
        label = "";
      }
    });
    warnings.forEach(warning -> output.line(ansi.yellow("warning: ") + warning));
    output.line(
        works
            ? ansi.green("libtorch works here")
                + (warnings.isEmpty() ? "; no known trap found" : "")
            : ansi.red("libtorch does not work here"));
  }
}
