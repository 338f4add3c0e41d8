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
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Asks one Redis. One that is away for a moment is waited for; one that stays away is a
/// [StoreException]. Questions that were given up must not arrive later, when a line is mended: a
/// connection that is closed forgets what it has not sent.
final class RedisLink implements AutoCloseable {
  /// How long those wait who answer requests; when Redis is known to be away, half a second.
  static final Duration SHORT = Duration.ofSeconds(2);

  /// How long those wait who have something to deliver.
  static final Duration LONG = Duration.ofSeconds(30);

  private static final Duration KNOWN_AWAY = Duration.ofMillis(500);
  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final Duration CONNECT = Duration.ofSeconds(2);
  private static final Duration BETWEEN = Duration.ofMillis(100);
  private static final int AGAIN_SECONDS = 10;
  private static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);
  private static final String[] NO_KEYS = {};

  private final ClientResources resources;
  private final RedisClient client;
  private final SharedConnection connection;
  private volatile boolean closed;

  private RedisLink(RedisAddress address) {
    RedisURI uri = address.uri();
    uri.setTimeout(ANSWER); // for being let in
    resources = ClientResources.builder().nettyCustomizer(new Forgetful()).build();
    client = RedisClient.create(resources, uri);
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(false)
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .socketOptions(SocketOptions.builder().connectTimeout(CONNECT).build())
            .timeoutOptions(TimeoutOptions.enabled(ANSWER))
            .build());
    connection = new SharedConnection(connect(address), () -> client.connectAsync(CODEC, uri));
  }

  /// Sends nothing more once a connection is closed.
  private static final class Forgetful implements NettyCustomizer {
    @Override
    public void afterBootstrapInitialized(Bootstrap bootstrap) {
      bootstrap.option(ChannelOption.SO_LINGER, 0);
    }
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
        redis ->
            redis
                .<Object>evalsha(script.digest(), type, NO_KEYS, arguments)
                .exceptionallyCompose(failed ->
                    SharedConnection.cause(failed) instanceof RedisNoScriptException
                        ? redis.<Object>eval(script.text(), type, NO_KEYS, arguments)
                        : CompletableFuture.failedFuture(failed)));
  }

  private static byte[] bytes(Object value) {
    return value instanceof byte[] raw ? raw : value.toString().getBytes(StandardCharsets.UTF_8);
  }

  /// Asks Redis, again while it is away. What is asked may be done twice.
  <T> @Nullable T call(
      Duration patience,
      Function<RedisAsyncCommands<String, byte[]>, ? extends CompletionStage<T>> question) {
    boolean isKnown = patience.equals(SHORT) && connection.isAwayFor(SHORT);
    long end = System.nanoTime() + (isKnown ? KNOWN_AWAY : patience).toNanos();
    while (true) {
      try {
        return connection.ask(Duration.ofNanos(end - System.nanoTime()), question);
      } catch (RedisException failed) {
        requirePassing(failed);
        if (closed || end - System.nanoTime() < 2 * BETWEEN.toNanos()) {
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
