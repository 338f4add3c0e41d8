package dev.microtome.server.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.server.job.DiskFull;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatabaseTest {
  private static final String INSERT = "INSERT INTO t VALUES (?)";

  @TempDir Path folder;

  private static int room(Database database, int pages) {
    return database.first(row -> row.getInt(1), "PRAGMA max_page_count = " + pages);
  }

  @Test
  void what_failed_for_want_of_room_works_again_with_room() {
    try (var database = Database.open(folder.resolve("some.db"))) {
      database.update("CREATE TABLE t (x BLOB)");
      room(database, 20);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 50; i++) {
                  database.soon(() -> database.update(INSERT, new byte[4_000]));
                }
              })
          .isInstanceOf(StoreException.class)
          .satisfies(thrown -> assertThat(DiskFull.isWhy(thrown)).isTrue());
      long before = database.number("SELECT COUNT(*) FROM t");
      room(database, 200);
      assertThat(database.soon(() -> database.update(INSERT, new byte[4_000]))).isOne();
      assertThat(database.transaction(() -> database.update("DELETE FROM t")))
          .isEqualTo((int) before + 1);
    }
  }

  @Test
  void a_statement_that_failed_is_made_anew() {
    try (var database = Database.inMemory()) {
      database.update("CREATE TABLE t (x BLOB NOT NULL)");
      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> database.update(INSERT, (Object) null))
            .isInstanceOf(StoreException.class)
            .hasMessageContaining("NOT NULL");
        assertThat(database.update(INSERT, new byte[] {1})).isOne();
        assertThatThrownBy(() -> database.transaction(() -> database.update("BEGIN")))
            .hasMessageContaining("within a transaction");
        assertThat(database.transaction(() -> database.number("SELECT 1"))).isOne();
      }
    }
  }
}
