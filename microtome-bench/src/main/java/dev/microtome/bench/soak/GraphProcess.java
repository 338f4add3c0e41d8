package dev.microtome.bench.soak;

import dev.microtome.server.worker.JavaProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// [GraphRuns] in processes of their own, since what they do may end them.
final class GraphProcess {
  /// Bytes a graph may take.
  static final long MEMORY = 256L << 20;

  private GraphProcess() {}

  /// What came out.
  ///
  /// @param lines one for each graph
  /// @param died graphs that ended their process
  /// @param changed processes whose weights were others afterwards
  /// @param fresh what a number of fresh memory was
  record Runs(List<String> lines, int died, int changed, String fresh) {}

  /// Runs graphs until `count` have been.
  ///
  /// @param tunables for the C library's allocator, or empty
  static Runs of(int count, long seed, String tunables) throws IOException, InterruptedException {
    var lines = new ArrayList<String>();
    int died = 0;
    int changed = 0;
    String fresh = "";
    while (lines.size() < count) {
      Path folder = Files.createTempDirectory("microtome-graphs");
      List<String> said = said(folder, seed + lines.size(), count - lines.size(), tunables);
      fresh = said.isEmpty() ? "" : said.removeFirst();
      boolean ended = !said.isEmpty() && said.getLast().matches("same|changed");
      changed += ended && said.removeLast().equals("changed") ? 1 : 0;
      lines.addAll(said);
      if (!ended) {
        died++;
        lines.add("died");
        System.err.println("ended its process: " + Files.readString(folder.resolve("last.json")));
      }
      Folders.delete(folder);
    }
    return new Runs(lines, died, changed, fresh);
  }

  private static List<String> said(Path folder, long seed, int count, String tunables)
      throws IOException, InterruptedException {
    var options =
        List.of(
            "-Dmicrotome.memory.limit=" + 8 * MEMORY,
            "-XX:-CreateCoredumpOnCrash",
            "-XX:TieredStopAtLevel=1",
            "-Xms256m", // a heap that does not grow, so that what does is tensors
            "-Xmx256m",
            "-XX:+AlwaysPreTouch");
    ProcessBuilder builder =
        new JavaProgram(
                GraphRuns.class,
                options,
                folder.toString(),
                Long.toString(seed),
                Integer.toString(count),
                Long.toString(MEMORY))
            .command()
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("OMP_NUM_THREADS", "1");
    builder.environment().put("MALLOC_MMAP_THRESHOLD_", "65536"); // freed memory goes back at once
    if (!tunables.isEmpty()) {
      builder.environment().put("GLIBC_TUNABLES", tunables);
    }
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    process.waitFor();
    return new ArrayList<>(
        out.lines()
            .filter(line -> line.matches("fresh.*|refused|failed|ran.*|same|changed"))
            .toList());
  }
}
