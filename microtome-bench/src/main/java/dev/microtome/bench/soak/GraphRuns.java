package dev.microtome.bench.soak;

import dev.microtome.bench.ProcessMemory;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.protocol.JobReader;
import dev.microtome.server.work.Costing;
import dev.microtome.server.worker.InProcess;
import dev.microtome.server.worker.InProcessCosting;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Weighs random graphs and runs those that are taken: `GraphRuns FOLDER SEED COUNT MEMORY`. A line
/// of what a number of fresh memory is, then one for each graph: `refused`, `failed`, or `ran` with
/// the bytes that were told, the bytes that were held, and a hash of the result. The graph that is
/// looked at stands in the folder, should it be the last.
public final class GraphRuns {
  private GraphRuns() {}

  /// Weighs and runs.
  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    System.out.println("fresh " + Tensor.empty(1 << 16).view(DType.INT32).toLongs()[1 << 15]);
    var graphs = new RandomGraph(new Random(Long.parseLong(args[1])));
    int count = Integer.parseInt(args[2]);
    Path model = Folders.shipped(folder.resolve("model"));
    var reader = new JobReader(Limits.defaults());
    try (var engine = InProcess.start("m", model, 1);
        var costing =
            new InProcessCosting(Map.of("m", model), Limits.defaults(), Long.parseLong(args[3]))) {
      String weights = engine.weights();
      for (int i = 0; i < count; i++) {
        String json = graphs.next();
        Files.writeString(folder.resolve("last.json"), json);
        System.out.println(line(json, reader, costing, engine, folder));
      }
      System.out.println(weights.equals(engine.weights()) ? "same" : "changed");
    }
    System.exit(0);
  }

  private static String line(
      String json, JobReader reader, Costing costing, InProcess engine, Path folder) {
    var payload = new Payload(json.getBytes(StandardCharsets.UTF_8), new byte[0]);
    Costing.Cost cost;
    try {
      reader.read(payload);
      cost = costing.cost("m", null, payload);
    } catch (RefusedException refused) {
      return "refused";
    }
    var outcome = new Object[1];
    long held = ProcessMemory.grownAsItIs(() -> outcome[0] = outcome(engine, folder, payload));
    return outcome[0] instanceof byte[] result
        ? "ran %d %d %d".formatted(cost.peakBytes(), held, Arrays.hashCode(result))
        : "failed";
  }

  private static Object outcome(InProcess engine, Path folder, Payload payload) {
    try {
      return Outcomes.of(engine, folder, List.of(payload)).getFirst();
    } catch (InterruptedException stopped) {
      throw new IllegalStateException(stopped);
    }
  }
}
