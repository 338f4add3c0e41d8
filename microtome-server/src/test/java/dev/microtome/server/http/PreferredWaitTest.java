package dev.microtome.server.http;

import static dev.microtome.server.TestServer.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.server.TestExecutor;
import dev.microtome.server.TestServer;
import dev.microtome.server.job.Limits;
import dev.microtome.server.key.Scope;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `Prefer: wait=S` with a submission.
class PreferredWaitTest {
  private static final String RESULT = "application/octet-stream";
  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    server = new TestServer(folder, Limits.defaults());
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private static HttpResponse<String> post(String order, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder post = server.post(TestExecutor.job(order));
    return server.send(headers.length == 0 ? post : post.headers(headers));
  }

  @Test
  void who_accepts_it_gets_the_result_with_the_answer() throws Exception {
    var answer = post("hello", "Prefer", "wait=20", "Accept", RESULT + ", application/json");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains(RESULT);
    String place = answer.headers().firstValue("Location").orElseThrow();
    var fetched = server.get(place + "/result");
    assertThat(answer.body()).isEqualTo(fetched.body()).isEqualTo(TestExecutor.job("hello"));
    assertThat(answer.headers().firstValue("ETag")).isEqualTo(fetched.headers().firstValue("ETag"));
  }

  @Test
  void a_result_in_a_file_comes_the_same_way() throws Exception {
    var answer = post("file", "Prefer", "wait=20", "Accept", RESULT);
    assertThat(answer.body()).isEqualTo(TestExecutor.job("file"));
  }

  @Test
  void others_get_the_job_as_it_ended() throws Exception {
    var answer = post("hello", "Prefer", "respond-async, wait=20");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer).path("state").asString()).isEqualTo("COMPLETED");
    assertThat(json(answer).path("result").path("sha256").asString()).hasSize(64);
  }

  @Test
  void a_failed_job_is_told_with_its_failure() throws Exception {
    var answer = post("fail", "Prefer", "wait=20", "Accept", RESULT);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(json(answer).path("error").path("path").asString()).isEqualTo("lm_head");
  }

  @Test
  void a_longer_job_goes_on_after_the_answer() throws Exception {
    var answer = post("sleep 1500", "Prefer", "wait=1", "Accept", RESULT);
    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(json(answer).path("state").asString()).isIn("QUEUED", "RUNNING");
    String id = json(answer).path("id").asString();
    assertThat(server.ended(id).path("state").asString()).isEqualTo("COMPLETED");
  }

  @Test
  void the_same_job_again_is_waited_for_too() throws Exception {
    String[] headers = {"Prefer", "wait=20", "Accept", RESULT, "Idempotency-Key", "same"};
    var first = post("hello", headers);
    var again = post("hello", headers);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.headers().firstValue("Location"))
        .isEqualTo(first.headers().firstValue("Location"));
  }

  @Test
  void what_is_not_understood_is_not_minded() throws Exception {
    for (String prefer : new String[] {"wait", "wait=-1", "wait=99999999999", "return=minimal"}) {
      assertThat(post("hello", "Prefer", prefer, "Accept", RESULT).statusCode()).isEqualTo(202);
    }
  }

  @Test
  void a_key_that_may_not_read_learns_nothing_more() throws Exception {
    String blind = server.server.keys().create("blind", Set.of(Scope.SUBMIT), null).text();
    var post =
        server
            .request("/v1/jobs", blind)
            .headers("Content-Type", "application/json", "Prefer", "wait=20", "Accept", RESULT)
            .POST(BodyPublishers.ofString(TestExecutor.job("hello")));
    assertThat(server.send(post).statusCode()).isEqualTo(202);
  }
}
