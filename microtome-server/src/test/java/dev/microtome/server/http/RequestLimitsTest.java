package dev.microtome.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.server.Sockets;
import dev.microtome.server.TestExecutor;
import dev.microtome.server.TestServer;
import dev.microtome.server.job.Limits;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is too much, too slow or too strange, seen from outside.
class RequestLimitsTest {
  private static final int BODY = 16 << 20;
  private static TestServer server;

  @BeforeAll
  static void start(@TempDir Path folder) throws Exception {
    server = new TestServer(folder, Limits.defaults());
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private static int port() {
    return server.server.port();
  }

  private static String head(String line, String... headers) {
    return line + "\r\nHost: 127.0.0.1\r\n" + String.join("", headers) + "\r\n";
  }

  private static String post(String... headers) {
    var all = new ArrayList<>(List.of(headers));
    all.add("Authorization: Bearer " + server.key + "\r\n");
    all.add("Content-Type: application/json\r\n");
    return head("POST /v1/jobs HTTP/1.1", all.toArray(String[]::new));
  }

  @Test
  void a_body_that_says_it_is_too_large_is_refused_before_it_is_read() throws Exception {
    String answer = Sockets.exchange(port(), post("Content-Length: " + (BODY + 1) + "\r\n"));
    assertThat(Sockets.status(answer)).isEqualTo(413);
    assertThat(answer).contains("too_large");
  }

  @Test
  void a_body_in_chunks_is_counted_while_it_comes() throws Exception {
    var body = new java.io.ByteArrayOutputStream();
    body.writeBytes(post("Transfer-Encoding: chunked\r\n").getBytes(StandardCharsets.ISO_8859_1));
    byte[] chunk =
        ("100000\r\n" + " ".repeat(0x100000) + "\r\n").getBytes(StandardCharsets.ISO_8859_1);
    for (int i = 0; i < 17; i++) {
      body.writeBytes(chunk);
    }
    body.writeBytes("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
    String answer = Sockets.exchange(port(), body.toByteArray());
    assertThat(answer)
        .satisfiesAnyOf(
            a -> assertThat(Sockets.status(a)).isEqualTo(413),
            a -> assertThat(a).contains("(reset)"));
  }

  @Test
  void a_full_sized_body_is_read_and_refused_for_what_it_is() throws Exception {
    String padded = " ".repeat(BODY - 2) + "{}";
    var answer = server.send(server.post(padded));
    assertThat(answer.statusCode()).isEqualTo(422);
  }

  @Test
  void a_million_tiny_chunks_take_little() throws Exception {
    var body = new StringBuilder(post("Transfer-Encoding: chunked\r\n"));
    for (int i = 0; i < 100_000; i++) {
      body.append("1;x=y\r\n \r\n");
    }
    body.append("0\r\n\r\n");
    int status = Sockets.status(Sockets.exchange(port(), body.toString()));
    assertThat(status).isIn(400, 413, 422);
  }

  @Test
  void a_head_that_is_too_large_is_refused() throws Exception {
    String answer =
        Sockets.exchange(
            port(), head("GET /healthz HTTP/1.1", "X: " + "a".repeat(20_000) + "\r\n"));
    assertThat(Sockets.status(answer)).isEqualTo(431);
    assertThat(answer).doesNotContain("jetty", "Jetty", "Exception");
  }

  @Test
  void an_address_that_is_too_long_is_refused() throws Exception {
    assertThat(
            Sockets.status(
                Sockets.exchange(port(), head("GET /" + "a".repeat(3_000) + " HTTP/1.1"))))
        .isEqualTo(414);
    assertThat(
            Sockets.status(
                Sockets.exchange(port(), head("GET /" + "a".repeat(30_000) + " HTTP/1.1"))))
        .isIn(414, 431);
  }

  @Test
  void other_versions_of_http_are_not_spoken() throws Exception {
    assertThat(Sockets.exchange(port(), "GET /healthz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n"))
        .doesNotContain("200 OK");
    assertThat(Sockets.exchange(port(), "GET /healthz\r\n\r\n")).doesNotContain("alive");
    assertThat(Sockets.exchange(port(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
        .doesNotContain("200 OK");
  }

  @Test
  void smuggled_lengths_are_refused() throws Exception {
    for (String twice :
        List.of(
            "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: 2\r\nContent-Length: 3\r\n",
            "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding: xchunked\r\n",
            "Content-Length: -1\r\n",
            "Content-Length: 99999999999999999999\r\n")) {
      String answer = Sockets.exchange(port(), post(twice) + "{}");
      assertThat(Sockets.status(answer)).as(twice).isIn(0, 400, 413, 501);
    }
  }

  @Test
  void encoded_bodies_are_refused() throws Exception {
    for (String encoding : List.of("gzip", "zstd", "gzip, gzip", "br")) {
      var answer =
          server.send(
              server
                  .request("/v1/jobs", server.key)
                  .header("Content-Type", "application/json")
                  .header("Content-Encoding", encoding)
                  .POST(BodyPublishers.ofByteArray(new byte[100])));
      assertThat(answer.statusCode()).isEqualTo(415);
    }
  }

  @Test
  void other_names_and_other_sites_are_refused() throws Exception {
    assertThat(
            Sockets.status(
                Sockets.exchange(port(), "GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n")))
        .isEqualTo(421);
    assertThat(Sockets.status(Sockets.exchange(port(), "GET /healthz HTTP/1.1\r\n\r\n")))
        .isEqualTo(400);
    assertThat(
            Sockets.status(
                Sockets.exchange(
                    port(), head("GET /healthz HTTP/1.1", "Origin: http://evil.example\r\n"))))
        .isEqualTo(403);
    assertThat(
            Sockets.status(
                Sockets.exchange(port(), head("GET /healthz HTTP/1.1", "Origin: null\r\n"))))
        .isEqualTo(403);
  }

  @Test
  void strange_paths_lead_nowhere() throws Exception {
    for (String path :
        List.of(
            "/..",
            "/v1/../metrics",
            "/v1/jobs/..%2f..",
            "/%2e%2e/etc/passwd",
            "//v1/jobs",
            "/v1/jobs/",
            "/v1/models/m/files/..",
            "/v1/models/m/files/%2e%2e%2fpepper",
            "/v1/models/../files/config.json",
            "/v1/jobs;x=y",
            "/v1/jobs\u0000",
            "/status.js.map",
            "/WEB-INF/web.xml")) {
      String answer =
          Sockets.exchange(
              port(),
              head("GET " + path + " HTTP/1.1", "Authorization: Bearer " + server.key + "\r\n"));
      assertThat(Sockets.status(answer)).as(path).isIn(400, 404);
    }
  }

  @Test
  void every_answer_is_locked_down() throws Exception {
    for (String path : List.of("/", "/healthz", "/nothing", "/v1/jobs")) {
      var headers = server.send(server.request(path, null)).headers();
      assertThat(headers.firstValue("Content-Security-Policy").orElseThrow())
          .startsWith("default-src 'none'")
          .contains("frame-ancestors 'none'")
          .doesNotContain("unsafe");
      assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
      assertThat(headers.firstValue("Referrer-Policy")).contains("no-referrer");
      assertThat(headers.map())
          .doesNotContainKeys("Server", "Set-Cookie", "Access-Control-Allow-Origin");
    }
  }

  @Test
  void a_method_that_is_not_meant_is_named() throws Exception {
    var answer = server.send(server.request("/v1/jobs", server.key).PUT(BodyPublishers.noBody()));
    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(answer.headers().firstValue("Allow")).contains("POST, GET");
  }

  @Test
  void heads_and_bodies_that_drip_are_cut_off_while_others_are_served() throws Exception {
    var slow = new ArrayList<Socket>();
    for (int i = 0; i < 20; i++) {
      Socket socket = Sockets.open(port());
      String start = i % 2 == 0 ? "GET /healthz HTTP/1.1\r\nX: " : post("Content-Length: 9000\r\n");
      socket.getOutputStream().write(start.getBytes(StandardCharsets.ISO_8859_1));
      slow.add(socket);
    }
    long began = System.nanoTime();
    while (!slow.isEmpty() && System.nanoTime() - began < 8_000_000_000L) {
      slow.removeIf(RequestLimitsTest::isClosed);
      assertThat(server.send(server.request("/healthz", null)).statusCode()).isEqualTo(200);
      Thread.sleep(200);
    }
    assertThat(slow).isEmpty();
  }

  private static boolean isClosed(Socket socket) {
    try {
      socket.getOutputStream().write('a');
      socket.setSoTimeout(1);
      return socket.getInputStream().read() < 0;
    } catch (java.net.SocketTimeoutException open) {
      return false;
    } catch (java.io.IOException closed) {
      return true;
    }
  }

  @Test
  void a_key_hands_in_so_many_jobs_a_minute_and_again_what_it_handed_in(@TempDir Path folder)
      throws Exception {
    try (var own = new TestServer(folder, fewSubmits(5))) {
      assertThat(named(own, "0")).isEqualTo(202);
      for (int i = 0; i < 20; i++) {
        assertThat(named(own, "0")).isEqualTo(200);
      }
      for (int i = 1; i < 5; i++) {
        assertThat(named(own, "" + i)).isEqualTo(202);
      }
      assertThat(named(own, "5")).isEqualTo(429);
      assertThat(named(own, "4")).isEqualTo(200);
      var other = own.post(TestExecutor.job("other")).header("Idempotency-Key", "4");
      assertThat(own.send(other).statusCode()).isEqualTo(409);
    }
  }

  private static int named(TestServer server, String name) throws Exception {
    var job = server.post(TestExecutor.job("hello")).header("Idempotency-Key", name);
    return server.send(job).statusCode();
  }

  private static Limits fewSubmits(int aMinute) {
    Limits all = Limits.defaults();
    return new Limits(
        all.connections(),
        all.body(),
        all.graphs(),
        all.runs(),
        new Limits.Queueing(aMinute, 2, 16, 256, 1_000, 1_002),
        all.storage());
  }
}
