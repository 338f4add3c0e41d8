package dev.microtome.server.redis;

import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;

/// Reads a value in Redis like a file.
final class ResultChannel implements SeekableByteChannel {
  private final RedisLink link;
  private final String key;
  private final long size;
  private long position;
  private boolean open = true;

  ResultChannel(RedisLink link, String key) {
    this.link = link;
    this.key = key;
    Long length = link.call(RedisLink.SHORT, redis -> redis.strlen(key));
    this.size = length == null ? 0 : length;
  }

  @Override
  public int read(ByteBuffer into) {
    if (position >= size) {
      return -1;
    }
    long from = position;
    byte[] bytes =
        link.call(RedisLink.SHORT, redis -> redis.getrange(key, from, from + into.remaining() - 1));
    if (bytes == null || bytes.length == 0) {
      return -1; // forgotten meanwhile
    }
    into.put(bytes);
    position += bytes.length;
    return bytes.length;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public SeekableByteChannel position(long to) {
    position = to;
    return this;
  }

  @Override
  public int write(ByteBuffer from) {
    throw new NonWritableChannelException();
  }

  @Override
  public SeekableByteChannel truncate(long to) {
    throw new NonWritableChannelException();
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public void close() {
    open = false;
  }
}
