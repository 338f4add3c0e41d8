package dev.microtome.server.queue;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;

/// A result that is being read.
public interface StoredBytes extends Closeable {
  /// `length` bytes from byte `at`.
  ///
  /// @throws IOException when it has fewer, or is gone by now
  byte[] read(long at, int length) throws IOException;

  /// Those of an array.
  static StoredBytes of(byte[] content) {
    return new StoredBytes() {
      @Override
      public byte[] read(long at, int length) throws IOException {
        if (at + length > content.length) {
          throw shorter();
        }
        return Arrays.copyOfRange(content, (int) at, (int) at + length);
      }

      @Override
      public void close() {}
    };
  }

  /// Those of a file, which is closed with this.
  static StoredBytes of(FileChannel file) {
    return new StoredBytes() {
      @Override
      public byte[] read(long at, int length) throws IOException {
        var bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
          if (file.read(bytes, at + bytes.position()) < 0) {
            throw shorter();
          }
        }
        return bytes.array();
      }

      @Override
      public void close() throws IOException {
        file.close();
      }
    };
  }

  /// What is thrown when bytes are missing.
  static IOException shorter() {
    return new EOFException("the result is shorter than it was");
  }
}
