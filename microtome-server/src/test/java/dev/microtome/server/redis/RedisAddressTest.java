package dev.microtome.server.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.server.job.Limits;
import dev.microtome.server.queue.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedisAddressTest {
  @TempDir Path folder;

  @Test
  void an_address_has_defaults() {
    RedisAddress address = RedisAddress.of("redis://here", null, null);
    assertThat(address.port()).isEqualTo(6379);
    assertThat(address.database()).isZero();
    assertThat(RedisAddress.of("rediss://here:1/2", null, null)).hasToString("rediss://here:1/2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "here:1",
        "http://here:1",
        "redis://here:1/x",
        "redis://here/1/2",
        "redis:// "
      })
  void what_is_no_address_is_refused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisAddress.of(text, null, null))
        .withMessageContaining("queue's");
  }

  @Test
  void a_password_in_an_address_is_refused_and_not_repeated() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RedisAddress.of("redis://me:secret@here:1/2", null, null))
        .withMessageContaining("MICROTOME_QUEUE_PASSWORD")
        .withMessageNotContaining("secret");
  }

  @Test
  void nothing_prints_a_password() {
    assertThat(RedisAddress.of("redis://here", "me", "secret").toString()).doesNotContain("secret");
    assertThat(new QueueSecret("me", "secret").toString()).doesNotContain("secret");
  }

  @Test
  void the_environment_goes_before_the_file() throws IOException {
    Path file = Files.createDirectories(folder.resolve(".config/microtome")).resolve("config.json");
    Files.writeString(file, "{\"queue_user\": \"file\", \"queue_password\": \"f\"}");
    assertThat(QueueSecret.read(Map.of(), folder)).isEqualTo(new QueueSecret("file", "f"));
    assertThat(QueueSecret.read(Map.of("MICROTOME_QUEUE_PASSWORD", "e"), folder))
        .isEqualTo(new QueueSecret("file", "e"));
    Files.writeString(file, "{\"queue_password\": f");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> QueueSecret.read(Map.of(), folder))
        .withMessageContaining("config.json");
  }

  @Test
  void a_redis_that_is_not_there_is_told_at_once() {
    RedisAddress nobody = RedisAddress.of("redis://127.0.0.1:1", null, "secret");
    assertThatThrownBy(() -> RedisDepot.open(nobody, folder, Limits.defaults()))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("redis://127.0.0.1:1/0")
        .hasMessageNotContaining("secret");
  }
}
