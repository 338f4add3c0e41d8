package dev.microtome.tensor.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// Puts files together by hand, sound or not.
final class FileBytes {
  private FileBytes() {}

  static Path write(Path dir, String header, int dataBytes) {
    return write(dir, of(header.getBytes(StandardCharsets.UTF_8), dataBytes));
  }

  static Path write(Path dir, byte[] bytes) {
    try {
      return Files.write(dir.resolve("own.safetensors"), bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] of(byte[] header, int dataBytes) {
    var out = new ByteArrayOutputStream();
    var length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length);
    out.writeBytes(length.array());
    out.writeBytes(header);
    for (int i = 0; i < dataBytes; i++) out.write(i);
    return out.toByteArray();
  }
}
