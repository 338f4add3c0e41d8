package dev.microtome.server.queue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One connection to an SQLite file, used by one thread at a time. A [#transaction] that returned
/// is on disk: write-ahead log, synchronous FULL. One that is done [#soon] is in the log when it
/// returns, which outlives this process, and on disk with the next other one.
public final class Database implements AutoCloseable {
  private final Connection connection;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, PreparedStatement> statements = new HashMap<>();
  private boolean isSynced = true;

  private Database(Connection connection) {
    this.connection = connection;
  }

  /// Opens or makes a file.
  public static Database open(Path file) {
    return connect("jdbc:sqlite:" + file.toAbsolutePath());
  }

  /// One that is forgotten when closed.
  public static Database inMemory() {
    return connect("jdbc:sqlite::memory:");
  }

  private static Database connect(String url) {
    try {
      var settings = new Properties();
      settings.setProperty("journal_mode", "WAL");
      settings.setProperty("synchronous", "FULL");
      settings.setProperty("busy_timeout", "10000");
      settings.setProperty("enable_load_extension", "false");
      return new Database(DriverManager.getConnection(url, settings));
    } catch (SQLException e) {
      throw new StoreException("the database can't be opened: " + e.getMessage(), e);
    }
  }

  /// A row of a query.
  @FunctionalInterface
  public interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  /// Does several things at once or not at all.
  public <T> T transaction(Callable<T> body) {
    return transaction(true, body);
  }

  /// The same, not waiting for the disk: when the machine loses power it may not have happened.
  public <T> T soon(Callable<T> body) {
    return transaction(false, body);
  }

  private <T> T transaction(boolean synced, Callable<T> body) {
    return alone(() -> {
      if (lock.getHoldCount() > 1) {
        return body.call(); // part of a larger one
      }
      sync(synced);
      execute("BEGIN IMMEDIATE");
      try {
        T result = body.call();
        execute("COMMIT");
        return result;
      } catch (Exception | Error failed) {
        rollback(failed);
        throw failed;
      }
    });
  }

  // A pragma acts when it is prepared: a kept statement would do nothing the second time.
  private void sync(boolean synced) throws SQLException {
    if (synced != isSynced) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA synchronous = " + (synced ? "FULL" : "NORMAL"));
      }
      isSynced = synced;
    }
  }

  private <T> T alone(Callable<T> body) {
    lock.lock();
    try {
      return body.call();
    } catch (RuntimeException refused) {
      throw refused;
    } catch (Exception broken) {
      throw new StoreException("the database failed: " + broken.getMessage(), broken);
    } finally {
      lock.unlock();
    }
  }

  private void rollback(Throwable after) {
    try {
      execute("ROLLBACK");
    } catch (SQLException ended) {
      after.addSuppressed(ended); // SQLite had rolled back by itself
    }
  }

  private void execute(String sql) throws SQLException {
    boolean _ = use(sql, PreparedStatement::execute);
  }

  /// Runs a change; returns how many rows it met.
  public int update(String sql, @Nullable Object... values) {
    return alone(() -> {
      if (lock.getHoldCount() == 1) {
        sync(true);
      }
      return use(
          sql,
          statement -> {
            int met = statement.executeUpdate();
            statement.clearParameters(); // they may be large
            return met;
          },
          values);
    });
  }

  public <T> List<T> list(Row<T> row, String sql, @Nullable Object... values) {
    return alone(() -> {
      var list = new ArrayList<T>();
      return use(
          sql,
          statement -> {
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                list.add(row.read(rows));
              }
            }
            return list;
          },
          values);
    });
  }

  /// The first row, or null.
  public <T> @Nullable T first(Row<T> row, String sql, @Nullable Object... values) {
    List<T> list = list(row, sql, values);
    return list.isEmpty() ? null : list.getFirst();
  }

  /// A single number.
  public long number(String sql, @Nullable Object... values) {
    Long found = first(row -> row.getLong(1), sql, values);
    return found == null ? 0 : found;
  }

  /// What is done with a statement.
  private interface Use<T> {
    T of(PreparedStatement statement) throws SQLException;
  }

  // After a failure, as on a full disk, a statement may be of no more use: the next one is new.
  private <T> T use(String sql, Use<T> use, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = prepared(sql, values);
    try {
      return use.of(statement);
    } catch (SQLException failed) {
      statements.remove(sql);
      close(statement, failed);
      throw failed;
    }
  }

  private static void close(PreparedStatement statement, SQLException after) {
    try {
      statement.close();
    } catch (SQLException again) {
      after.addSuppressed(again);
    }
  }

  /// Statements are kept: their texts are written in the program, and there are few of them.
  private PreparedStatement prepared(String sql, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = statements.get(sql);
    if (statement == null) {
      statement = connection.prepareStatement(sql);
      statements.put(sql, statement);
    }
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
    return statement;
  }

  @Override
  public void close() {
    lock.lock();
    try {
      connection.close();
    } catch (SQLException e) {
      throw new StoreException("the database can't be closed: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }
}
