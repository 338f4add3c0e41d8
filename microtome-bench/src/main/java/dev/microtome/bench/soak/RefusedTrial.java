package dev.microtome.bench.soak;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// Hands in jobs that are refused, of each kind, while good clients work: each refusal says where
/// and why, nothing runs, and the good ones' answers take as long as before.
final class RefusedTrial implements Trial {
  private static final String NODE = "{\"op\":\"argument\",\"args\":[\"lm_head.output\",0]}";
  private static final int FLAT = 2;
  private static final int PAUSE_MILLIS = 20;

  @Override
  public String promise() {
    return "BAD";
  }

  @Override
  public String about() {
    return "refused jobs are told where and why, nothing of them runs, others do not wait";
  }

  @Override
  public boolean isAlone() {
    return true;
  }

  /// What is refused, and what the answer says.
  private static Map<String, String> jobs() {
    return Map.of(
        nodes(repeated(10_001)), "10001 nodes, at most 10000",
        nodes(chain(2_001)), "node 2000 of the graph: depth: 2001, at most 2000",
        nodes(NODE + ",{\"op\":\"os.system\",\"args\":[]}"), "node 1 of the graph: 'os.system'",
        nodes(NODE + ",{\"op\":\"aten::add\",\"args\":[{\"node\":1}]}"), "node 1 of the graph",
        nodes(NODE + ",{\"op\":\"aten::add\",\"args\":[{\"tensor\":\"t\"}]}"),
            "there is no tensor 't'",
        nodes(NODE.replace("}", ",\"evil\":1}")),
            "node 0 of the graph: has an unknown field 'evil'",
        nodes("[".repeat(70) + "]".repeat(70)), "depth",
        nodes(NODE).replace("\"prompts\"", "\"generate\":{\"max_new_tokens\":5000},\"prompts\""),
            "max_new_tokens: 5000, at most 1024",
        nodes(NODE).replace("\"version\":1", "\"version\":9"), "version 9",
        nodes(NODE).replace("\"echo\"", "\"other\""), "there is no model 'other'");
  }

  private static String nodes(String nodes) {
    String node = EchoExecutor.job("hello x");
    return node.substring(0, node.indexOf("\"nodes\":[") + 9) + nodes + "]}]}";
  }

  private static String repeated(int count) {
    return NODE + ("," + NODE).repeat(count - 1);
  }

  private static String chain(int depth) {
    return NODE
        + IntStream.range(0, depth - 1)
            .mapToObj(i -> ",{\"op\":\"aten::neg\",\"args\":[{\"node\":%d}]}".formatted(i))
            .collect(Collectors.joining());
  }

  @Override
  public Outcome run(Length length) throws Exception {
    try (var server = new ServerProcess();
        var client = new JobClient(server.port(), server.key);
        var threads = Executors.newFixedThreadPool(Good.CLIENTS + 1)) {
      double _ = Good.p99(server, threads, 2_000); // warm
      int[] _ = refuse(client, new AtomicBoolean(false));
      double base = Good.p99(server, threads, length.of(4_000, 10_000));
      var isOn = new AtomicBoolean(true);
      Future<int[]> refused = threads.submit(() -> refuse(client, isOn));
      double meanwhile = Good.p99(server, threads, length.of(4_000, 20_000));
      isOn.set(false);
      int[] counts = refused.get();
      JsonNode status = JobClient.json(client.send("GET", "/v1/status", null));
      boolean nothingRan = status.path("ended").isEmpty() && status.path("queued").asInt(-1) == 0;
      return new Outcome(
          counts[1] == 0 && counts[0] > 0 && nothingRan && meanwhile < FLAT * base,
          String.format(
              Locale.ROOT,
              "%d refused, %d of them without where and why, %s run; p99 of %d clients %.1f ms,"
                  + " before %.1f ms",
              counts[0],
              counts[1],
              nothingRan ? "none" : "SOME",
              Good.CLIENTS,
              meanwhile,
              base));
    }
  }

  /// Each kind once, and on while `isOn`; returns how many, and how many without an explanation.
  private static int[] refuse(JobClient client, AtomicBoolean isOn) throws Exception {
    int[] counts = new int[2];
    List<Map.Entry<String, String>> jobs = List.copyOf(jobs().entrySet());
    do {
      for (var job : jobs) {
        HttpResponse<String> answer = client.send("POST", "/v1/jobs", job.getKey());
        counts[0]++;
        if (answer.statusCode() != 422 || !answer.body().contains(job.getValue())) {
          counts[1]++;
          System.err.println(answer.statusCode() + " " + answer.body());
        }
        Thread.sleep(PAUSE_MILLIS);
      }
    } while (isOn.get());
    return counts;
  }
}
