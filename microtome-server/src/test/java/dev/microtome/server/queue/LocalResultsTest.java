package dev.microtome.server.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.job.StoredResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalResultsTest {
  private static final Limits.Storage LIMITS = new Limits.Storage(Duration.ofHours(24), 1_000, 400);

  @TempDir Path root;

  private final Database database = Database.inMemory();

  private static StoredResult keep(LocalResults results, JobId id, String owner, int bytes)
      throws IOException {
    Path draft = Files.write(results.draft(), new byte[bytes]);
    return results.keep(claim(id, owner), new Draft.InFile(draft));
  }

  private static Claim claim(JobId id, String owner) {
    var time = Duration.ofSeconds(60);
    var job =
        new Job(
            id,
            owner,
            "m",
            null,
            0,
            time,
            JobState.RUNNING,
            0,
            1,
            Instant.EPOCH,
            null,
            null,
            null,
            null);
    return new Claim(job, new Payload(new byte[0], new byte[0]), "w", 1);
  }

  private long files() throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void a_result_is_whole_or_not_there() throws IOException {
    LocalResults results = LocalResults.open(root, database, LIMITS);
    JobId id = JobId.random();
    assertThat(results.open(id)).isNull();
    Files.write(results.draft(), new byte[7]); // a worker is writing
    assertThat(results.open(id)).isNull();
    StoredResult stored = keep(results, id, "a", 3);
    assertThat(stored.bytes()).isEqualTo(3);
    assertThat(stored.sha256())
        .isEqualTo("709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c");
    try (var file = results.open(id)) {
      assertThat(file.read(0, 3)).hasSize(3);
      assertThatThrownBy(() -> file.read(1, 3)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void what_was_kept_is_there_after_a_restart_and_drafts_are_not() throws IOException {
    LocalResults before = LocalResults.open(root, database, LIMITS);
    JobId id = JobId.random();
    keep(before, id, "a", 300);
    Files.write(before.draft(), new byte[50]);
    LocalResults after = LocalResults.open(root, database, LIMITS);
    assertThat(files()).isEqualTo(1);
    assertThat(after.bytes()).isEqualTo(300);
    assertThatThrownBy(() -> keep(after, JobId.random(), "a", 200))
        .isInstanceOf(RefusedException.class);
    after.remove(id);
    assertThat(after.open(id)).isNull();
    assertThat(files()).isZero();
  }

  @Test
  void one_key_and_all_keys_have_their_share() throws IOException {
    LocalResults results = LocalResults.open(root, database, LIMITS);
    keep(results, JobId.random(), "a", 400);
    assertThatThrownBy(() -> keep(results, JobId.random(), "a", 1))
        .isInstanceOfSatisfying(
            RefusedException.class,
            e -> assertThat(e.failure().code()).isEqualTo(ErrorCode.STORAGE_FULL));
    keep(results, JobId.random(), "b", 400);
    assertThatThrownBy(() -> keep(results, JobId.random(), "c", 201))
        .isInstanceOf(RefusedException.class);
    assertThat(files()).isEqualTo(2);
  }

  @Test
  void short_results_lie_in_the_database_and_count_like_files() throws IOException {
    LocalResults before = LocalResults.open(root, database, LIMITS);
    JobId id = JobId.random();
    before.keep(claim(id, "a"), new Draft.InMemory(new byte[] {1, 2, 3}));
    keep(before, JobId.random(), "a", 300);
    assertThat(files()).isEqualTo(1);
    LocalResults after = LocalResults.open(root, database, LIMITS);
    assertThat(after.bytes()).isEqualTo(303);
    assertThatThrownBy(() -> after.keep(claim(id, "a"), new Draft.InMemory(new byte[98])))
        .isInstanceOf(RefusedException.class);
    try (var bytes = after.open(id)) {
      assertThat(bytes.read(1, 2)).containsExactly(2, 3);
      assertThatThrownBy(() -> bytes.read(2, 2)).isInstanceOf(IOException.class);
    }
    after.remove(id);
    assertThat(after.open(id)).isNull();
    assertThat(after.bytes()).isEqualTo(300);
  }
}
