package dev.microtome.tensor.file;

import dev.microtome.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Writes a file in the format's canonical layout, so the same tensors always give the same bytes:
/// widest element type first, then by name, header padded to a multiple of 8.
///
/// The file appears under its name only when it is complete and on disk; a failure, or a reader
/// that still maps the old one, sees the old one.
final class SafetensorsWriter {
  private static final int CHUNK = 1 << 26;

  private static final Comparator<Item> CANONICAL =
      Comparator.comparing(Item::type, Comparator.reverseOrder())
          .thenComparing(Item::name, Names::compare);

  /// One tensor to write; its bytes are asked for when their turn comes and let go afterwards.
  record Item(String name, StoredType type, Shape shape, Supplier<MemorySegment> data) {
    long bytes() {
      long bits = type.bits();
      for (long dim : shape.dims()) bits = Math.multiplyExact(bits, dim);
      return bits / 8;
    }
  }

  private SafetensorsWriter() {}

  static void write(Path file, Collection<Item> items, Map<String, String> metadata) {
    var sorted = items.stream().sorted(CANONICAL).toList();
    byte[] header = header(file, sorted, metadata);
    FileDraft.write(file, out -> fill(out, header, sorted));
  }

  /// Writes to `out` instead of a file; messages call it `name`.
  static void write(
      WritableByteChannel out, Path name, Collection<Item> items, Map<String, String> metadata)
      throws IOException {
    var sorted = items.stream().sorted(CANONICAL).toList();
    fill(out, header(name, sorted, metadata), sorted);
  }

  private static byte[] header(Path file, List<Item> sorted, Map<String, String> metadata) {
    byte[] header = HeaderText.of(file, sorted, metadata).getBytes(StandardCharsets.UTF_8);
    if (header.length > StrictJson.LONGEST) {
      throw new SafetensorsException(
          file, 0, null, "the header would be too long to be read", "write several files");
    }
    return header;
  }

  private static void fill(WritableByteChannel out, byte[] header, List<Item> items)
      throws IOException {
    var length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    FileDraft.drain(out, length.putLong(header.length).flip());
    FileDraft.drain(out, ByteBuffer.wrap(header));
    for (var item : items) copy(out, item);
  }

  private static void copy(WritableByteChannel out, Item item) throws IOException {
    var data = item.data().get();
    if (data.byteSize() != item.bytes()) {
      throw new IllegalStateException(
          "tensor %s has %d bytes, not the %d its shape %s needs"
              .formatted(item.name(), data.byteSize(), item.bytes(), item.shape()));
    }
    for (long at = 0; at < data.byteSize(); at += CHUNK) {
      FileDraft.drain(out, data.asSlice(at, Math.min(CHUNK, data.byteSize() - at)).asByteBuffer());
    }
  }
}
