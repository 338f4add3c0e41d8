package dev.microtome.server.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The connection all ask through, which is made again when it broke, as often as it takes. A line
/// that is cut somewhere breaks no connection: nothing is heard any more, and the system would go
/// on trying for a quarter of an hour. So a connection that left a question unanswered until the
/// client's time-out is dropped, and what was on its way there with it.
final class SharedConnection implements AutoCloseable {
  private static final long BETWEEN_MILLIS = 100;

  private final Supplier<CompletionStage<StatefulRedisConnection<String, byte[]>>> connect;
  private CompletableFuture<StatefulRedisConnection<String, byte[]>> current;
  private volatile @Nullable Long silentSince; // nanoseconds; null when the last one was answered
  private boolean closed;

  /// @param first a connection that is made already
  /// @param connect makes another one, and ends in some seconds whatever comes of it
  SharedConnection(
      StatefulRedisConnection<String, byte[]> first,
      Supplier<CompletionStage<StatefulRedisConnection<String, byte[]>>> connect) {
    this.current = CompletableFuture.completedFuture(first);
    this.connect = connect;
  }

  /// Asks once and waits for the answer; what could not be asked until then is not asked later.
  ///
  /// @throws RedisException when there is no answer within so long, or it is an error
  <T> @Nullable T ask(
      Duration patience,
      Function<RedisAsyncCommands<String, byte[]>, ? extends CompletionStage<T>> question) {
    var answer = connected().thenCompose(connection -> ask(connection, question));
    try {
      T heard = answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
      silentSince = null;
      return heard;
    } catch (TimeoutException none) {
      answer.cancel(false);
      throw silent(new RedisCommandTimeoutException("Redis does not answer"));
    } catch (ExecutionException failed) {
      throw reason(failed);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new RedisException("Redis was not waited for", stopped);
    }
  }

  private <T> CompletionStage<T> ask(
      StatefulRedisConnection<String, byte[]> connection,
      Function<RedisAsyncCommands<String, byte[]>, ? extends CompletionStage<T>> question) {
    return question
        .apply(connection.async())
        .whenComplete((_, thrown) -> {
          if (thrown != null && cause(thrown) instanceof RedisCommandTimeoutException) {
            drop(connection);
          }
        });
  }

  private synchronized CompletableFuture<StatefulRedisConnection<String, byte[]>> connected() {
    if (closed) {
      return CompletableFuture.failedFuture(new RedisException("the queue is closed"));
    }
    if (current.isDone() && !isOpen()) {
      replace();
    }
    return current;
  }

  private synchronized void drop(StatefulRedisConnection<String, byte[]> connection) {
    if (!closed && isOpen() && current.join().equals(connection)) {
      replace();
    }
  }

  private void replace() {
    var old = current;
    current = connect.get().toCompletableFuture();
    var _ = old.thenCompose(StatefulRedisConnection::closeAsync);
    var later = CompletableFuture.delayedExecutor(BETWEEN_MILLIS, TimeUnit.MILLISECONDS);
    var _ =
        current.whenComplete((_, failed) -> {
          if (failed != null) {
            later.execute(this::again);
          }
        });
  }

  private void again() {
    var _ = connected();
  }

  private boolean isOpen() {
    return current.isDone() && !current.isCompletedExceptionally() && current.join().isOpen();
  }

  /// Whether there is no connection, and nobody was heard for so long.
  synchronized boolean isAwayFor(Duration time) {
    Long since = silentSince;
    return since != null && System.nanoTime() - since > time.toNanos() && !isOpen();
  }

  private RuntimeException reason(Throwable failed) {
    return switch (cause(failed)) {
      case RedisCommandExecutionException answer -> {
        silentSince = null;
        yield answer;
      }
      case RedisException broken -> silent(broken);
      case CancellationException dropped -> silent(new RedisException("dropped", dropped));
      case RuntimeException own -> own;
      case Throwable other -> silent(new RedisException(other));
    };
  }

  private RedisException silent(RedisException why) {
    if (silentSince == null) {
      silentSince = System.nanoTime();
    }
    return why;
  }

  /// What made a stage fail.
  static Throwable cause(Throwable thrown) {
    return switch (thrown) {
      case CompletionException wrapped when wrapped.getCause() != null -> cause(wrapped.getCause());
      case ExecutionException wrapped when wrapped.getCause() != null -> cause(wrapped.getCause());
      default -> thrown;
    };
  }

  /// Asks nothing more; the connection is closed with the client that made it.
  @Override
  public synchronized void close() {
    closed = true;
  }
}
