package dev.microtome.server.queue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a job left, on its way to a [ResultStore].
public sealed interface Draft {
  /// Bytes up to which it goes from hand to hand in memory: a row of logits of most vocabularies.
  int SHORT = 256 << 10;

  /// Its size in bytes.
  long size() throws IOException;

  InputStream open() throws IOException;

  /// Removes it, wherever it is.
  void discard() throws IOException;

  /// A short one.
  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  record InMemory(byte[] bytes) implements Draft {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public InputStream open() {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public void discard() {}
  }

  /// One in a file that [ResultStore#draft] named.
  record InFile(Path file) implements Draft {
    @Override
    public long size() throws IOException {
      return Files.size(file);
    }

    @Override
    public InputStream open() throws IOException {
      return Files.newInputStream(file);
    }

    @Override
    public void discard() throws IOException {
      Files.deleteIfExists(file);
    }
  }
}
