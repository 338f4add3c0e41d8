package dev.microtome.server.http;

import static dev.microtome.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.server.TestExecutor;
import dev.microtome.server.TestServer;
import dev.microtome.server.job.Limits;
import dev.microtome.server.key.Scope;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpApiTest {
  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    server = new TestServer(folder, Limits.defaults());
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  @Test
  void a_job_is_accepted_run_and_its_result_fetched() throws Exception {
    var answer = server.send(server.post(TestExecutor.job("hello")));
    assertThat(answer.statusCode()).isEqualTo(202);
    String id = json(answer).path("id").asString();
    assertThat(answer.headers().firstValue("Location")).contains("/v1/jobs/" + id);
    assertThat(server.ended(id).path("state").asString()).isEqualTo("COMPLETED");
    var result = server.get("/v1/jobs/" + id + "/result");
    assertThat(result.body()).isEqualTo(TestExecutor.job("hello"));
    assertThat(result.headers().firstValue("ETag").orElseThrow())
        .contains(server.ended(id).path("result").path("sha256").asString());
  }

  @Test
  void tensors_come_as_a_second_part() throws Exception {
    String header = "{\"t0\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}";
    byte[] length = new byte[8];
    length[0] = (byte) header.length();
    var body = new java.io.ByteArrayOutputStream();
    body.writeBytes(
        ("--xyz\r\nContent-Disposition: form-data; name=\"job\"\r\n"
                + "Content-Type: application/json\r\n\r\n"
                + TestExecutor.job("hello")
                    .replace("[\"lm_head.output\", 0]", "[{\"tensor\":\"t0\"}]")
                + "\r\n--xyz\r\nContent-Disposition: form-data; name=\"tensors\"; filename=\"t\"\r\n"
                + "\r\n")
            .getBytes(StandardCharsets.UTF_8));
    body.writeBytes(length);
    body.writeBytes((header + "ab").getBytes(StandardCharsets.UTF_8));
    body.writeBytes("\r\n--xyz--\r\n".getBytes(StandardCharsets.UTF_8));
    var answer =
        server.send(
            server
                .request("/v1/jobs", server.key)
                .header("Content-Type", "multipart/form-data; boundary=xyz")
                .POST(BodyPublishers.ofByteArray(body.toByteArray())));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
  }

  @Test
  void a_range_of_a_result_can_be_fetched() throws Exception {
    String id = server.submit("hello");
    server.ended(id);
    String whole = TestExecutor.job("hello");
    var part =
        server.send(
            server.request("/v1/jobs/" + id + "/result", server.key).header("Range", "bytes=2-9"));
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(part.body()).isEqualTo(whole.substring(2, 10));
    assertThat(part.headers().firstValue("Content-Range")).contains("bytes 2-9/" + whole.length());
    var tail =
        server.send(
            server.request("/v1/jobs/" + id + "/result", server.key).header("Range", "bytes=-3"));
    assertThat(tail.body()).isEqualTo(whole.substring(whole.length() - 3));
    var beyond =
        server.send(
            server
                .request("/v1/jobs/" + id + "/result", server.key)
                .header("Range", "bytes=99999-"));
    assertThat(beyond.statusCode()).isEqualTo(416);
  }

  @Test
  void a_failed_job_tells_code_kind_node_and_layer() throws Exception {
    var job = server.ended(server.submit("fail"));
    assertThat(job.path("state").asString()).isEqualTo("FAILED");
    assertThat(job.path("error").toString())
        .isEqualTo(
            "{\"code\":\"run_failed\",\"kind\":\"torch\",\"message\":\"<b>it failed</b>\","
                + "\"trace\":0,\"node\":0,\"path\":\"lm_head\"}");
    assertThat(server.get("/v1/jobs/" + job.path("id").asString() + "/result").statusCode())
        .isEqualTo(409);
  }

  @Test
  void events_tell_each_state_once_and_go_on_behind_the_last_one_seen() throws Exception {
    String id = server.submit("log hello there");
    var all = server.get("/v1/jobs/" + id + "/events").body();
    assertThat(all)
        .containsSubsequence(
            "id: 1\nevent: state",
            "RECEIVED",
            "QUEUED",
            "RUNNING",
            "event: log",
            "hello there",
            "COMPLETED");
    var rest =
        server.send(
            server.request("/v1/jobs/" + id + "/events", server.key).header("Last-Event-ID", "4"));
    assertThat(rest.body()).contains("id: 5").doesNotContain("id: 4", "RUNNING");
  }

  @Test
  void a_running_job_tells_its_steps() throws Exception {
    String id = server.submit("steps 8");
    assertThat(server.get("/v1/jobs/" + id + "/events").body())
        .contains("event: progress", "\"all\":8", "COMPLETED");
  }

  @Test
  void a_job_handed_in_again_is_the_same_job() throws Exception {
    var first =
        server.send(server.post(TestExecutor.job("hello")).header("Idempotency-Key", "again"));
    var second =
        server.send(server.post(TestExecutor.job("hello")).header("Idempotency-Key", "again"));
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(json(second).path("id")).isEqualTo(json(first).path("id"));
    var other =
        server.send(server.post(TestExecutor.job("other")).header("Idempotency-Key", "again"));
    assertThat(other.statusCode()).isEqualTo(409);
    assertThat(json(other).path("error").path("code").asString()).isEqualTo("conflict");
  }

  @Test
  void a_running_job_can_be_cancelled() throws Exception {
    String id = server.submit("sleep 20000");
    while (!json(server.get("/v1/jobs/" + id)).path("state").asString().equals("RUNNING")) {
      Thread.sleep(5);
    }
    var answer = server.send(server.request("/v1/jobs/" + id, server.key).DELETE());
    assertThat(json(answer).path("state").asString()).isEqualTo("CANCELLED");
    assertThat(server.ended(server.submit("hello")).path("state").asString())
        .isEqualTo("COMPLETED");
  }

  @Test
  void a_job_that_loses_its_worker_twice_fails_and_the_next_one_runs() throws Exception {
    var lost = server.ended(server.submit("lose"));
    assertThat(lost.path("error").path("code").asString()).isEqualTo("worker_crashed");
    assertThat(lost.path("attempts").asInt()).isEqualTo(2);
    assertThat(server.ended(server.submit("hello")).path("state").asString())
        .isEqualTo("COMPLETED");
  }

  @Test
  void a_job_ends_when_its_time_is_over() throws Exception {
    var answer =
        server.send(
            server.post(
                TestExecutor.job("sleep 20000").replace("\"model\"", "\"time\": 1, \"model\"")));
    var job = server.ended(json(answer).path("id").asString());
    assertThat(job.path("error").path("code").asString()).isEqualTo("timed_out");
  }

  @Test
  void ones_jobs_are_listed_newest_first() throws Exception {
    String id = server.submit("hello");
    var jobs = json(server.get("/v1/jobs?limit=1")).path("jobs");
    assertThat(jobs.size()).isEqualTo(1);
    assertThat(jobs.path(0).path("id").asString()).isEqualTo(id);
  }

  @Test
  void jobs_of_others_are_not_there() throws Exception {
    String id = server.submit("hello");
    server.ended(id);
    String other =
        server.server.keys().create("other", Set.of(Scope.SUBMIT, Scope.READ), null).text();
    for (String path : List.of("", "/events", "/result")) {
      assertThat(server.send(server.request("/v1/jobs/" + id + path, other)).statusCode())
          .isEqualTo(404);
    }
    assertThat(server.send(server.request("/v1/jobs/" + id, other).DELETE()).statusCode())
        .isEqualTo(404);
    assertThat(json(server.send(server.request("/v1/jobs", other))).path("jobs").size()).isZero();
  }

  @Test
  void an_unknown_model_or_adapter_is_named() throws Exception {
    var model = server.send(server.post(TestExecutor.job("x").replace("\"m\"", "\"n\"")));
    assertThat(model.statusCode()).isEqualTo(422);
    assertThat(model.body()).contains("unknown_model", "'n'", "[m]");
    var adapter =
        server.send(
            server.post(TestExecutor.job("x").replace("\"m\"", "\"m\", \"adapter\": \"a\"")));
    assertThat(adapter.body()).contains("unknown_adapter", "french");
  }

  @Test
  void a_refused_graph_tells_trace_and_node() throws Exception {
    var answer =
        server.send(server.post(TestExecutor.job("x").replace("\"argument\"", "\"os::system\"")));
    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(json(answer).path("error").path("trace").asInt()).isZero();
    assertThat(json(answer).path("error").path("node").asInt(-1)).isZero();
    assertThat(answer.body()).contains("operation_not_allowed", "os::system");
  }

  @Test
  void models_and_limits_are_told() throws Exception {
    var models = json(server.get("/v1/models")).path("models");
    assertThat(models.path(0).path("name").asString()).isEqualTo("m");
    assertThat(models.path(0).path("revision").asString()).isEqualTo("abc");
    var told = json(server.get("/v1/capabilities"));
    assertThat(told.path("limits").path("body_bytes").asInt()).isEqualTo(16 << 20);
    assertThat(told.path("operations").size()).isGreaterThan(300);
    var status = json(server.send(server.request("/v1/status", null)));
    assertThat(status.path("models").path(0).path("workers").path(0).path("state").asString())
        .isEqualTo("READY");
  }

  @Test
  void metrics_are_for_administrators() throws Exception {
    assertThat(server.get("/metrics").statusCode()).isEqualTo(403);
    server.ended(server.submit("hello"));
    String admin = server.server.keys().create("admin", Set.of(Scope.ADMIN), null).text();
    var metrics = server.send(server.request("/metrics", admin)).body();
    assertThat(metrics)
        .contains("microtome_jobs_total{state=\"completed\"}", "microtome_http_answers_total")
        .doesNotContain("test", admin);
  }
}
