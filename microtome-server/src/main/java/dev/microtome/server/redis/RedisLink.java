package dev.microtome.server.redis;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.queue.StoreException;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Connections to one Redis, which are made again when they break. A Redis that is away for a
/// moment is waited for; one that stays away is a [StoreException].
final class RedisLink implements AutoCloseable {
  /// How long those wait who answer requests.
  static final Duration SHORT = Duration.ofSeconds(1);

  /// How long those wait who have something to deliver.
  static final Duration LONG = Duration.ofSeconds(30);

  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration BETWEEN = Duration.ofMillis(100);
  private static final int AGAIN_SECONDS = 10;
  private static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);
  private static final String[] NO_KEYS = {};

  private final ClientResources resources;
  private final RedisClient client;
  private final StatefulRedisConnection<String, byte[]> connection;
  private volatile boolean closed;

  private RedisLink(RedisAddress address) {
    resources = ClientResources.builder().reconnectDelay(Delay.constant(BETWEEN)).build();
    client = RedisClient.create(resources, address.uri());
    client.setOptions(
        ClientOptions.builder()
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .socketOptions(SocketOptions.builder().connectTimeout(CONNECT).build())
            .timeoutOptions(TimeoutOptions.enabled(ANSWER))
            .build());
    connection = connect(address);
  }

  /// @throws StoreException when nobody answers there, or not to us
  static RedisLink open(RedisAddress address) {
    return new RedisLink(address);
  }

  private StatefulRedisConnection<String, byte[]> connect(RedisAddress address) {
    try {
      return client.connect(CODEC);
    } catch (RedisException unreachable) {
      close(resources, client);
      throw new StoreException(
          "the queue at %s can't be reached: %s".formatted(address, reason(unreachable)),
          unreachable);
    }
  }

  private static String reason(RedisException unreachable) {
    Throwable cause = unreachable.getCause();
    return String.valueOf(cause == null ? unreachable.getMessage() : cause.getMessage());
  }

  /// A connection of one's own, for those that block.
  StatefulRedisConnection<String, byte[]> another() {
    return client.connect(CODEC);
  }

  /// Runs a script that gives a list.
  List<Object> list(Duration patience, Script script, Object... values) {
    return run(patience, script, ScriptOutputType.MULTI, values) instanceof List<?> list
        ? new ArrayList<>(list)
        : List.of();
  }

  /// Runs a script that gives a word.
  String word(Duration patience, Script script, Object... values) {
    return JobFields.text(run(patience, script, ScriptOutputType.VALUE, values));
  }

  /// Runs a script that gives a number.
  long number(Duration patience, Script script, Object... values) {
    return run(patience, script, ScriptOutputType.INTEGER, values) instanceof Long number
        ? number
        : 0;
  }

  private @Nullable Object run(
      Duration patience, Script script, ScriptOutputType type, Object... values) {
    byte[][] arguments = new byte[values.length][];
    for (int i = 0; i < values.length; i++) {
      arguments[i] = bytes(values[i]);
    }
    return call(
        patience,
        redis -> {
          try {
            return redis.<Object>evalsha(script.digest(), type, NO_KEYS, arguments);
          } catch (RedisNoScriptException forgotten) {
            return redis.<Object>eval(script.text(), type, NO_KEYS, arguments);
          }
        });
  }

  private static byte[] bytes(Object value) {
    return value instanceof byte[] raw ? raw : value.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Asks Redis, again while it is away. What is asked may be done twice.
  <T> @Nullable T call(Duration patience, Function<RedisCommands<String, byte[]>, T> action) {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        return action.apply(connection.sync());
      } catch (RedisException failed) {
        requirePassing(failed);
        if (System.nanoTime() > end || closed) {
          throw new StoreException("the queue can't be reached", failed);
        }
        pause();
      }
    }
  }

  /// Throws what will not be better in a moment.
  private static void requirePassing(RedisException failed) {
    String message = String.valueOf(failed.getMessage());
    if (message.startsWith("OOM")) {
      throw new RefusedException(
          new Failure(ErrorCode.STORAGE_FULL, "the queue's memory is full"), AGAIN_SECONDS);
    }
    boolean isAway =
        !(failed instanceof RedisCommandExecutionException)
            || failed instanceof RedisLoadingException
            || message.startsWith("MISCONF")
            || message.startsWith("READONLY")
            || message.startsWith("BUSY ");
    if (!isAway) {
      throw new StoreException("the queue failed: " + message, failed);
    }
  }

  private static void pause() {
    try {
      Thread.sleep(BETWEEN);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new StoreException("the queue was not waited for", stopped);
    }
  }

  @Override
  public void close() {
    closed = true;
    connection.close();
    close(resources, client);
  }

  private static void close(ClientResources resources, RedisClient client) {
    client.shutdown(Duration.ZERO, CONNECT);
    var _ = resources.shutdown(0, CONNECT.toMillis(), TimeUnit.MILLISECONDS);
  }
}
