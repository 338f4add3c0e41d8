package dev.microtome.models.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.models.hub.HubException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class HubTest {
  private static final String SHARD = "model-00001-of-00003.safetensors";
  private static final Path RESOURCES = resources();
  private static final JsonNode TRACE = new JsonMapper().readTree(RESOURCES.resolve("trace.json"));

  @TempDir private Path home;
  private LoopbackHub server;

  private static Path resources() {
    URL url = Objects.requireNonNull(HubTest.class.getResource("/hub/trace.json"));
    try {
      return Path.of(url.toURI()).getParent();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeEach
  void start() {
    server = new LoopbackHub(RESOURCES.resolve("tiny"), etags());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /// Files and ETags of `acme/tiny`, from the cache the golden ends with.
  private static Map<String, String> etags() {
    var etags = new LinkedHashMap<String, String>();
    for (String line : tree()) {
      if (line.contains("acme--tiny/snapshots") && line.contains(" -> ")) {
        String[] sides = line.split(" -> ");
        etags.put(last(sides[0]), last(sides[1]));
      }
    }
    return etags;
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  private static List<String> tree() {
    try {
      return Files.readAllLines(RESOURCES.resolve("cache_tree.txt"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Map<String, String> environment(String token) {
    var environment = new LinkedHashMap<String, String>();
    environment.put("HF_ENDPOINT", server.endpoint() + "/");
    environment.put("HF_HOME", home.toString());
    environment.put("HF_HUB_DOWNLOAD_TIMEOUT", "1");
    if (!token.isEmpty()) {
      environment.put("HF_TOKEN", token);
    }
    return environment;
  }

  private Hub hub(String token) {
    return Hub.of(HubSettings.of(environment(token)));
  }

  private Hub offline() {
    Map<String, String> environment = environment("");
    environment.put("HF_HUB_OFFLINE", "Yes");
    return Hub.of(HubSettings.of(environment));
  }

  // ---- the golden ----

  private List<String> expected(String step) {
    for (JsonNode one : TRACE.path("steps")) {
      if (one.path("step").stringValue().equals(step)) {
        return one.path("requests").values().stream().map(HubTest::line).toList();
      }
    }
    throw new IllegalArgumentException(step);
  }

  private static String line(JsonNode request) {
    return "%s %s %s %d%s"
        .formatted(
            request.path("method").stringValue(),
            request.path("host_port").intValue() == 18431 ? "hub" : "cdn",
            request.path("path").stringValue(),
            request.path("status").intValue(),
            request.path("request_headers").has("authorization") ? " token" : "");
  }

  private void replay(String step, Runnable action) {
    server.asked.clear();
    action.run();
    List<String> lines =
        server.asked.stream()
            .map(a -> a.line() + (a.headers().containsKey("Authorization") ? " token" : ""))
            .toList();
    assertThat(lines).as(step).isEqualTo(expected(step));
  }

  private static Runnable failing(Kind kind, Runnable action) {
    return () ->
        assertThatExceptionOfType(HubException.class)
            .isThrownBy(action::run)
            .satisfies(e -> assertThat(e.kind()).isEqualTo(kind));
  }

  @Test
  void requests_and_cache_are_those_of_the_golden() throws IOException {
    String config = "config.json";
    Hub hub = hub("");
    replay("small file, first time", () -> hub.file("acme/tiny", "main", config));
    replay("small file, again (HEAD only)", () -> hub.file("acme/tiny", "main", config));
    replay(
        "by full commit hash, cached: no request",
        () -> hub.file("acme/tiny", LoopbackHub.COMMIT, config));
    replay("LFS file: 302 to another host", () -> hub.file("acme/tiny", "main", SHARD));
    replay(
        "missing file: EntryNotFound, .no_exist written",
        failing(Kind.FILE_NOT_FOUND, () -> hub.file("acme/tiny", "main", "nope.json")));
    replay(
        "missing revision",
        failing(Kind.REVISION_NOT_FOUND, () -> hub.file("acme/tiny", "nope", config)));
    replay("tag v1", () -> hub.file("acme/tiny", "v1", config));
    replay("renamed repo: relative 307 followed", () -> hub.file("acme/old", "main", config));
    replay(
        "unknown repo",
        failing(Kind.REPOSITORY_NOT_FOUND, () -> hub.file("acme/unknown", "main", config)));
    replay(
        "gated without token", failing(Kind.GATED, () -> hub.file("acme/gated", "main", config)));
    replay(
        "gated, wrong token",
        failing(Kind.GATED, () -> hub("hf_bad").file("acme/gated", "main", config)));
    replay(
        "gated with token, LFS (no Authorization at the CDN)",
        () -> hub("hf_good").file("acme/gated", "main", "model-00002-of-00003.safetensors"));
    replay("snapshot_download with patterns", () -> hub.folder("acme/tiny"));
    replay("local_files_only hit", () -> offline().file("acme/tiny", "main", config));
    replay(
        "local_files_only miss",
        failing(Kind.OFFLINE, () -> offline().file("acme/tiny", "main", "other.json")));
    server.close();
    replay("server down, cached", () -> hub.file("acme/tiny", "main", config));
    replay(
        "server down, not cached",
        failing(Kind.OFFLINE, () -> hub.file("acme/tiny", "main", "other.json")));
    assertThat(cacheTree()).containsExactlyInAnyOrderElementsOf(tree());
  }

  /// The cache as the golden writes it down; what `folder` alone notes as missing is left out.
  private List<String> cacheTree() throws IOException {
    var lines = new ArrayList<String>();
    try (Stream<Path> all = Files.walk(home)) {
      for (Path path : all.toList()) {
        String name = home.relativize(path).toString();
        if (Files.isSymbolicLink(path)) {
          lines.add(name + " -> " + Files.readSymbolicLink(path));
        } else if (Files.isRegularFile(path)) {
          String content = name.contains("/refs/") ? Files.readString(path) : "";
          lines.add(
              "%s  [%d bytes]%s"
                  .formatted(
                      name,
                      Files.size(path),
                      content.isEmpty() ? "" : " content='" + content + "'"));
        }
      }
    }
    lines.removeIf(line -> line.contains(".no_exist") && !line.contains("nope.json"));
    return lines;
  }

  // ---- folders ----

  @Test
  void a_folder_is_downloaded_once() {
    Path folder = hub("").folder("acme/tiny");
    assertThat(folder).isDirectoryContaining("glob:**/" + SHARD);
    server.asked.clear();
    assertThat(hub("").folder("acme/tiny")).isEqualTo(folder);
    assertThat(offline().folder("acme/tiny")).isEqualTo(folder);
    assertThat(server.asked).isEmpty();
  }

  @Test
  void a_folder_on_this_machine_wins() {
    assertThat(hub("").folder(home.toString())).isEqualTo(home);
    assertThat(server.asked).isEmpty();
  }

  @Test
  void contents_are_the_hubs() throws IOException {
    Path folder = hub("").folder("acme/tiny");
    assertThat(folder.resolve(SHARD))
        .hasSameBinaryContentAs(RESOURCES.resolve("tiny").resolve(SHARD));
    assertThat(Files.isSymbolicLink(folder.resolve(SHARD))).isTrue();
  }

  @Test
  void without_links_the_snapshot_has_the_files_themselves() {
    Map<String, String> environment = environment("");
    environment.put("HF_HUB_DISABLE_SYMLINKS", "1");
    Path folder = Hub.of(HubSettings.of(environment)).folder("acme/tiny");
    assertThat(Files.isSymbolicLink(folder.resolve(SHARD))).isFalse();
    assertThat(folder.resolve(SHARD))
        .hasSameBinaryContentAs(RESOURCES.resolve("tiny").resolve(SHARD));
  }

  @Test
  void progress_is_told_up_to_the_end() {
    var heard = new ArrayList<String>();
    hub("")
        .progress((file, done, total) -> heard.add(file + " " + done + "/" + total))
        .file("acme/tiny", "main", SHARD);
    assertThat(heard).startsWith(SHARD + " 0/52384").endsWith(SHARD + " 52384/52384");
  }

  // ---- trouble on the way ----

  private Path shard() {
    return hub("").file("acme/tiny", "main", SHARD);
  }

  private void hasArrived(Path file) {
    assertThat(file).hasSameBinaryContentAs(RESOURCES.resolve("tiny").resolve(SHARD));
  }

  @Test
  void a_broken_stream_goes_on_where_it_ended() {
    server.mood = LoopbackHub.Mood.BREAKS_OFF;
    hasArrived(shard());
    assertThat(server.lines().getLast()).isEqualTo("GET cdn /cdn/" + SHARD + " 206");
    assertThat(server.asked.getLast().headers().get("Range")).matches("bytes=[1-9][0-9]*-");
  }

  @Test
  void a_stalled_stream_is_given_up_and_goes_on() {
    server.mood = LoopbackHub.Mood.STALLS;
    hasArrived(shard());
  }

  @Test
  void a_server_that_ignores_the_range_starts_over() throws IOException {
    Path blobs = Files.createDirectories(home.resolve("hub/models--acme--tiny/blobs"));
    Files.writeString(blobs.resolve(etags().get(SHARD) + ".incomplete"), "left over");
    server.mood = LoopbackHub.Mood.IGNORES_RANGE;
    hasArrived(shard());
    assertThat(server.asked.getLast().headers()).containsEntry("Range", "bytes=9-");
  }

  @Test
  void too_many_requests_are_waited_for() {
    server.mood = LoopbackHub.Mood.BUSY;
    hasArrived(shard());
    assertThat(server.lines()).contains("GET cdn /cdn/" + SHARD + " 429");
  }

  @Test
  void wrong_bytes_are_discarded() {
    server.mood = LoopbackHub.Mood.WRONG_BYTES;
    failing(Kind.CHECKSUM, this::shard).run();
    hasArrived(shard());
  }

  @Test
  void a_small_file_that_is_not_what_git_names_it_is_discarded(@TempDir Path other)
      throws IOException {
    Files.writeString(other.resolve("config.json"), "{}");
    try (var lying = new LoopbackHub(other, etags())) {
      Map<String, String> environment = environment("");
      environment.put("HF_ENDPOINT", lying.endpoint());
      Hub hub = Hub.of(HubSettings.of(environment));

      failing(Kind.CHECKSUM, () -> hub.file("acme/tiny", "main", "config.json")).run();
    }
    assertThat(home.resolve("hub/models--acme--tiny/blobs").resolve(etags().get("config.json")))
        .doesNotExist();
  }

  @Test
  void more_bytes_than_announced_are_discarded() {
    server.mood = LoopbackHub.Mood.TOO_MANY_BYTES;
    failing(Kind.CHECKSUM, this::shard).run();
    hasArrived(shard());
  }

  @Test
  void a_server_in_trouble_is_given_up_and_asked_again_later() {
    server.mood = LoopbackHub.Mood.NEVER;
    failing(Kind.OFFLINE, this::shard).run();
    server.mood = LoopbackHub.Mood.FINE;
    hasArrived(shard());
  }

  @Test
  void a_cache_that_cannot_be_written_is_said() throws IOException {
    Files.writeString(home.resolve("hub"), "a file where a folder belongs");
    failing(Kind.DISK, this::shard).run();
  }

  // ---- strangers ----

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../evil",
        "/etc/evil",
        "a/../../evil",
        "C:/evil",
        "a\\\\b",
        "//host/share",
        "a/./b"
      })
  void names_that_lead_out_of_the_folder_are_refused(String name) {
    server.extraFiles.add(name);
    failing(Kind.ANSWER, () -> hub("").folder("acme/tiny")).run();
    assertThat(home.resolve("hub/models--acme--tiny/snapshots")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b/c", "a--b", "a/..", "./x", "a/b.git", "ä/b", "a b", "-a/b"})
  void what_is_neither_folder_nor_repository_is_said(String name) {
    failing(Kind.NAME, () -> hub("").folder(name)).run();
    assertThat(server.asked).isEmpty();
  }

  @Test
  void the_token_is_in_no_message_and_on_no_other_host() {
    Hub hub = hub("hf_bad");
    assertThatExceptionOfType(HubException.class)
        .isThrownBy(() -> hub.file("acme/gated", "main", "config.json"))
        .withMessageNotContaining("hf_bad");
    assertThat(HubSettings.of(environment("hf_bad")).toString()).doesNotContain("hf_bad");
    hub.file("acme/tiny", "main", SHARD);
    assertThat(server.asked)
        .filteredOn(asked -> asked.line().contains(" cdn "))
        .isNotEmpty()
        .noneMatch(asked -> asked.headers().containsKey("Authorization"));
  }

  // ---- settings ----

  @Test
  void settings_come_from_the_environment() throws IOException {
    Files.writeString(home.resolve("token"), "hf_file\n");
    HubSettings file = HubSettings.of(Map.of("HF_HOME", "$BASE", "BASE", home.toString()));
    assertThat(file.token()).isEqualTo("hf_file");
    assertThat(file.cache()).isEqualTo(home.resolve("hub"));
    assertThat(file.endpoint()).isEqualTo("https://huggingface.co");
    HubSettings plain = HubSettings.of(Map.of("HOME", "/home/x", "TRANSFORMERS_OFFLINE", "on"));
    assertThat(plain.cache()).isEqualTo(Path.of("/home/x/.cache/huggingface/hub"));
    assertThat(plain.offline()).isTrue();
    assertThat(plain.patience()).isEqualTo(Duration.ofSeconds(10));
    HubSettings cache = HubSettings.of(Map.of("HF_HUB_CACHE", "~/c", "HOME", "/home/x"));
    assertThat(cache.cache()).isEqualTo(Path.of("/home/x/c"));
  }

  @Test
  void settings_that_cannot_be_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HubSettings.of(Map.of("HF_ENDPOINT", "ftp://x")))
        .withMessageContaining("HF_ENDPOINT");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HubSettings.of(Map.of("HF_TOKEN", "a\nb")))
        .withMessageNotContaining("a\nb");
  }
}
