package dev.microtome.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.server.TestExecutor;
import dev.microtome.server.TestServer;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Limits;
import dev.microtome.server.key.Keys;
import dev.microtome.server.key.Scope;
import dev.microtome.server.queue.Database;
import dev.microtome.server.queue.LocalResults;
import dev.microtome.server.queue.SqliteJobQueue;
import dev.microtome.server.work.Progress;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may do what: every route with every kind of key.
class AccessTest {
  private static final Duration DAY = Duration.ofDays(1);

  @TempDir Path folder;

  /// All there is to ask for.
  private List<Route> routes() throws Exception {
    Database database = Database.inMemory();
    var queue = SqliteJobQueue.open(database, Limits.defaults(), Instant::now);
    Path own = Files.createTempDirectory(folder, "routes");
    try (Keys keys = Keys.open(own, Instant::now)) {
      var parts =
          new HttpApi.Parts(
              queue,
              LocalResults.open(own, database, Limits.defaults().storage()),
              new Progress(),
              keys,
              List.of(new TestExecutor("m-1", "m", 1).model()),
              List::of,
              (model, adapter, payload) -> null);
      try (var api =
          new HttpApi(HttpSettings.loopback(0), Limits.defaults(), parts, Instant::now)) {
        return api.routes();
      }
    }
  }

  private static String filled(String path, String id) {
    return path.replace("{id}", id).replace("{model}", "m").replace("{file}", "config.json");
  }

  private static HttpRequest.Builder with(HttpRequest.Builder request, Route route) {
    return route.method().equals("POST")
        ? request.header("Content-Type", "application/json").POST(BodyPublishers.ofString("{}"))
        : request.method(route.method(), BodyPublishers.noBody());
  }

  @Test
  void every_route_refuses_whoever_it_is_not_for() throws Exception {
    try (var server = new TestServer(folder, Limits.defaults())) {
      Keys keys = server.server.keys();
      String own = server.submit("hello");
      server.ended(own);
      String expired =
          keys.create("old", EnumSet.allOf(Scope.class), Duration.ofSeconds(-1)).text();
      var revoked = keys.create("revoked", EnumSet.allOf(Scope.class), null);
      keys.revoke(revoked.info().id());
      String other = keys.create("other", EnumSet.allOf(Scope.class), null).text();
      int tried = 0;
      int wrong = 0;
      for (Route route : routes()) {
        if (route.access() == Access.OPEN) {
          continue;
        }
        String path = filled(route.path(), own);
        String narrow =
            keys.create("n", EnumSet.complementOf(EnumSet.of(route.access().scope())), null).text();
        int good = server.send(with(server.request(path, narrow), route)).statusCode();
        wrong += good == 403 ? 0 : 1;
        if (route.path().contains("{id}")) {
          wrong +=
              server.send(with(server.request(path, other), route)).statusCode() == 404 ? 0 : 1;
          tried++;
        }
        tried++;
      }
      for (Route route : routes()) {
        if (route.access() == Access.OPEN) {
          continue;
        }
        String path = filled(route.path(), own);
        String changed = other.substring(0, other.length() - 1) + (other.endsWith("A") ? "B" : "A");
        for (String key : new String[] {null, "mt_nonsense", expired, revoked.text(), changed}) {
          int status = server.send(with(server.request(path, key), route)).statusCode();
          wrong += status == 401 || status == 429 ? 0 : 1;
          tried++;
        }
      }
      assertThat(tried).isGreaterThan(55);
      assertThat(wrong).isZero();
    }
  }

  @Test
  void open_routes_are_few_and_change_nothing() throws Exception {
    assertThat(routes())
        .filteredOn(route -> route.access() == Access.OPEN)
        .allMatch(route -> route.method().equals("GET"))
        .extracting(Route::path)
        .containsExactlyInAnyOrder(
            "/v1/status", "/healthz", "/readyz", "/", "/status.css", "/status.js");
  }

  @Test
  void an_address_that_tries_keys_has_to_wait() throws Exception {
    try (var server = new TestServer(folder, Limits.defaults())) {
      for (int i = 0; i < 10; i++) {
        assertThat(server.send(server.request("/v1/jobs", "mt_wrong")).statusCode()).isEqualTo(401);
      }
      var refused = server.send(server.request("/v1/jobs", "mt_wrong"));
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    }
  }

  @Test
  void a_revoked_key_is_refused_at_once() throws Exception {
    try (var server = new TestServer(folder, Limits.defaults())) {
      assertThat(server.get("/v1/jobs").statusCode()).isEqualTo(200);
      try (Keys elsewhere = Keys.open(folder, Instant::now)) {
        elsewhere.list().forEach(key -> elsewhere.revoke(key.id()));
      }
      assertThat(server.get("/v1/jobs").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void a_key_is_kept_nowhere() throws Exception {
    String text;
    try (Keys keys = Keys.open(folder, Instant::now)) {
      text = keys.create("canary", Set.of(Scope.READ), DAY).text();
      assertThat(keys.check(text).name()).isEqualTo("canary");
      assertThat(keys.check(text + "x")).isNull();
    }
    String secret = text.substring(text.lastIndexOf('_') + 1);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String content = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        assertThat(content).doesNotContain(secret);
        assertThat(Files.getPosixFilePermissions(file).toString()).doesNotContain("OTHERS_WRITE");
      }
    }
  }

  @Test
  void an_expired_key_is_no_key() throws Exception {
    var now = new Instant[] {Instant.parse("2026-01-01T00:00:00Z")};
    try (Keys keys = Keys.open(folder, () -> now[0])) {
      String text = keys.create("short", Set.of(Scope.READ), DAY).text();
      assertThat(keys.check(text)).isNotNull();
      now[0] = now[0].plus(DAY).plusSeconds(1);
      assertThat(keys.check(text)).isNull();
    }
  }

  @Test
  void keys_and_job_ids_do_not_repeat() throws Exception {
    var seen = new HashSet<String>();
    for (int i = 0; i < 10_000; i++) {
      assertThat(seen.add(JobId.random().text())).isTrue();
    }
  }

  @Test
  void a_server_beyond_loopback_needs_tls() {
    var open = new HttpSettings("0.0.0.0", 0, 0, Set.of(), null, "", false);
    assertThatThrownBy(open::requireSafe)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--tls");
    for (String host : List.of("127.0.0.1", "localhost", "::1")) {
      new HttpSettings(host, 0, 0, Set.of(), null, "", false).requireSafe();
    }
    for (String host : List.of("::", "192.168.1.2", "example.org", "127.evil.org")) {
      assertThatThrownBy(new HttpSettings(host, 0, 0, Set.of(), null, "", false)::requireSafe)
          .isInstanceOf(IllegalArgumentException.class);
    }
    new HttpSettings("0.0.0.0", 0, 0, Set.of(), null, "", true).requireSafe();
  }

  @Test
  void a_key_in_a_bad_state_is_not_found_out_by_its_answer() throws Exception {
    try (var server = new TestServer(folder, Limits.defaults())) {
      String unknown =
          server
              .send(server.request("/v1/jobs", "mt_" + "0".repeat(16) + "_" + "a".repeat(43)))
              .body();
      String wrong =
          server
              .send(server.request("/v1/jobs", server.key.substring(0, 20) + "a".repeat(43)))
              .body();
      assertThat(withoutId(unknown)).isEqualTo(withoutId(wrong));
    }
  }

  private static String withoutId(String body) {
    return body.replaceAll("\"request\":\"\\w+\"", "");
  }
}
