package dev.microtome.server.redis;

import dev.microtome.server.queue.StoredBytes;
import java.io.IOException;

/// Reads a value in Redis piece by piece.
record RedisBytes(RedisLink link, String key) implements StoredBytes {
  @Override
  public byte[] read(long at, int length) throws IOException {
    byte[] bytes = link.call(RedisLink.SHORT, redis -> redis.getrange(key, at, at + length - 1));
    if (bytes == null || bytes.length < length) {
      throw StoredBytes.shorter();
    }
    return bytes;
  }

  boolean isThere() {
    Long length = link.call(RedisLink.SHORT, redis -> redis.strlen(key));
    return length != null && length > 0;
  }

  @Override
  public void close() {}
}
