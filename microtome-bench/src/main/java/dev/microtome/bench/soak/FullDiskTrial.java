package dev.microtome.bench.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// Fills the disk a server keeps its data on. The disk is a file system of a few megabytes in
/// memory; where nobody may mount one, this says so, and what remains are the unit tests with a
/// full database and a share that is used up.
final class FullDiskTrial implements Trial {
  private static final int MEGABYTES = 6;

  @Override
  public String promise() {
    return "P3";
  }

  @Override
  public String about() {
    return "a full disk is told, nothing half is read, and the server goes on";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    Path folder = Files.createTempDirectory("microtome-full");
    if (!isDone("mount", "-t", "tmpfs", "-o", "size=" + MEGABYTES + "m", "tmpfs", folder + "")) {
      Files.delete(folder);
      return new Outcome(true, "not tried: no file system can be mounted here");
    }
    try {
      return onFullDisk(folder, length.of(1, 10));
    } finally {
      if (!isDone("umount", "-l", folder.toString())) {
        System.err.println("still mounted: " + folder);
      }
      Files.deleteIfExists(folder);
    }
  }

  private static Outcome onFullDisk(Path folder, int rounds) throws Exception {
    int completed = 0;
    int full = 0;
    int other = 0;
    int broken = 0;
    int waited = 0;
    try (var server = ServerProcess.in(folder);
        var client = new JobClient(server.port(), server.key)) {
      for (int round = 0; round < rounds; round++) {
        Path filler = folder.resolve("filler");
        for (int job = 0; job < 40; job++) {
          if (job == 10) {
            fill(filler);
          }
          String wanted = EchoExecutor.job("hello x " + "a".repeat(40_000 + job));
          var answer = client.send("POST", "/v1/jobs", wanted);
          if (answer.statusCode() == 507) {
            full++;
          } else if (answer.statusCode() == 202) {
            String id = JobClient.json(answer).path("id").asString();
            JsonNode ended = client.ended(id);
            if (!ended.has("ended")) { // taken in, and there is no room to begin it
              Files.deleteIfExists(filler);
              waited++;
              ended = client.ended(id);
            }
            String state = ended.path("state").asString("");
            String code = ended.path("error").path("code").asString("");
            completed += state.equals("COMPLETED") ? 1 : 0;
            full += code.equals("storage_full") ? 1 : 0;
            other += state.equals("COMPLETED") || code.equals("storage_full") ? 0 : 1;
            broken += state.equals("COMPLETED") && !client.result(ended).equals(wanted) ? 1 : 0;
          } else {
            other++;
          }
        }
        Files.deleteIfExists(filler);
        emptied(folder.resolve("results"));
      }
      String after = EchoExecutor.job("hello after");
      JsonNode last = client.ended(client.submit("after", after));
      boolean works = client.result(last).equals(after);
      return new Outcome(
          works && full > 0 && completed > 0 && other == 0 && broken == 0 && server.isAlive(),
          String.format(
              Locale.ROOT,
              "%d jobs completed, %d times told that the disk is full, %d waited for room, %d other"
                  + " answers, %d broken results; with room again a job %s",
              completed,
              full,
              waited,
              other,
              broken,
              works ? "ran" : "DID NOT RUN"));
    }
  }

  private static void fill(Path filler) throws IOException {
    try (var out = Files.newOutputStream(filler)) {
      byte[] block = new byte[4_096];
      for (int i = 0; i < MEGABYTES << 10; i++) {
        out.write(block);
      }
    } catch (IOException full) {
      // as it should be
    }
  }

  // Results are kept for a day; so much patience nobody has.
  private static void emptied(Path results) throws IOException {
    try (Stream<Path> files = Files.walk(results)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
  }

  private static boolean isDone(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException none) {
      return false;
    }
  }
}
