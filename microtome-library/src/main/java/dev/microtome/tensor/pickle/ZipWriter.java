package dev.microtome.tensor.pickle;

import dev.microtome.tensor.file.FileDraft;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;

/// Writes a zip file as PyTorch's own writer lays it out: nothing packed, data at multiples of 64
/// bytes, sizes behind the data, an empty record without them, and always a 64-bit directory.
final class ZipWriter {
  private static final int ALIGNMENT = 64;
  private static final int CHUNK = 1 << 26;
  private static final int SIZES_FOLLOW = 0x0808;
  private static final int NO_SIZES = 0x0800;
  private static final long MOST = 0xFFFFFFFFL;

  private final FileChannel out;
  private final String folder;
  private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
  private long at;
  private int records;

  ZipWriter(FileChannel out, String folder) {
    this.out = out;
    this.folder = folder;
  }

  void record(String name, byte[] data) throws IOException {
    record(name, MemorySegment.ofArray(data));
  }

  void record(String name, MemorySegment data) throws IOException {
    byte[] path = (folder + "/" + name).getBytes(StandardCharsets.UTF_8);
    long begin = at;
    long size = data.byteSize();
    if (size >= MOST || begin + size >= MOST) {
      throw new IllegalArgumentException(
          "a checkpoint of more than 4 GiB is not written in PyTorch's zip form; save safetensors");
    }
    int flags = size == 0 ? NO_SIZES : SIZES_FOLLOW;
    int pad = (int) (ALIGNMENT - (begin + 30 + path.length + 4) % ALIGNMENT) % ALIGNMENT;
    var head = little(30 + path.length + 4 + pad);
    head.putInt(0x04034b50).putShort((short) 0).putShort((short) flags).putShort((short) 0);
    head.putInt(0).putInt(0).putInt(0).putInt(0);
    head.putShort((short) path.length).putShort((short) (pad + 4)).put(path);
    head.put((byte) 'F').put((byte) 'B').putShort((short) pad);
    while (head.hasRemaining()) head.put((byte) 'Z');
    write(head);
    int crc = copy(data);
    if (size > 0) {
      write(little(16).putInt(0x08074b50).putInt(crc).putInt((int) size).putInt((int) size));
    }
    list(path, flags, crc, (int) size, (int) begin);
  }

  private int copy(MemorySegment data) throws IOException {
    var crc = new CRC32();
    for (long from = 0; from < data.byteSize(); from += CHUNK) {
      var part = data.asSlice(from, Math.min(CHUNK, data.byteSize() - from)).asByteBuffer();
      crc.update(part.duplicate());
      at += part.remaining();
      FileDraft.drain(out, part);
    }
    return (int) crc.getValue();
  }

  private void list(byte[] path, int flags, int crc, int size, int begin) {
    byte[] bytes = new byte[46 + path.length];
    var entry = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    entry.putInt(0x02014b50).putShort((short) 0).putShort((short) 0).putShort((short) flags);
    entry.putShort((short) 0).putInt(0).putInt(crc).putInt(size).putInt(size);
    entry.putShort((short) path.length).putInt(0).putInt(0).putInt(0).putInt(begin).put(path);
    directory.writeBytes(bytes);
    records++;
  }

  void finish() throws IOException {
    long begin = at;
    int size = directory.size();
    write(ByteBuffer.wrap(directory.toByteArray()).position(size));
    long end = at;
    var tail = little(56 + 20 + 22);
    tail.putInt(0x06064b50).putLong(44).putShort((short) 0x031e).putShort((short) 0x2d);
    tail.putInt(0).putInt(0).putLong(records).putLong(records).putLong(size).putLong(begin);
    tail.putInt(0x07064b50).putInt(0).putLong(end).putInt(1);
    tail.putInt(0x06054b50).putInt(0).putShort((short) records).putShort((short) records);
    tail.putInt(size).putInt((int) begin).putShort((short) 0);
    write(tail);
  }

  private void write(ByteBuffer filled) throws IOException {
    at += filled.flip().remaining();
    FileDraft.drain(out, filled);
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
