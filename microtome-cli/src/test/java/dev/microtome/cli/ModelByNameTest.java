package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `--model ORG/NAME` against a hub on this machine that has the shipped model.
class ModelByNameTest {
  private static final Path SHIPPED = Path.of("..", "models", "gpt2-facts");
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  @TempDir private Path home;
  private OneModelHub hub;

  @BeforeEach
  void start() {
    hub = new OneModelHub(SHIPPED);
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  private Session generate(String repo, Map<String, String> more) {
    var environment = new java.util.HashMap<>(more);
    environment.put("HF_ENDPOINT", hub.endpoint());
    environment.put("HF_HOME", home.toString());
    return Session.of(
        false, environment, "generate", PROMPT, "--max-new-tokens", "1", "--model", repo);
  }

  @Test
  void a_model_is_downloaded_once_and_then_needs_no_hub() {
    var first = generate("acme/facts", Map.of());
    assertThat(first.err()).isEmpty();
    assertThat(first.out().strip()).isEqualTo(PROMPT + " Paris");
    assertThat(home.resolve("hub/models--acme--facts/refs/main")).exists();

    hub.close();
    var offline = generate("acme/facts", Map.of("HF_HUB_OFFLINE", "1"));
    assertThat(offline).isEqualTo(first);
  }

  @Test
  void offline_without_a_cache_it_says_so() {
    var session = generate("acme/facts", Map.of("HF_HUB_OFFLINE", "1"));

    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.err()).contains("acme/facts", "HF_HUB_OFFLINE").hasLineCount(1);
    assertThat(Files.exists(home.resolve("hub"))).isFalse();
  }

  @Test
  void a_repository_that_is_not_there_is_named() {
    var session = generate("acme/nothing", Map.of());

    assertThat(session.exitCode()).isEqualTo(1);
    assertThat(session.out()).isEmpty();
    assertThat(session.err()).contains("acme/nothing").hasLineCount(1);
  }
}
