package dev.microtome.tensor.pickle;

import dev.microtome.tensor.file.FileDraft;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// Writes checkpoints: new ones in the layout of PyTorch 1.6 to 2.0, those that were read in the
/// layout they had, byte for byte.
final class ContainerWriter {
  private ContainerWriter() {}

  static void write(Path file, Pickled root, Map<String, MemorySegment> storages) {
    FileDraft.write(
        file,
        out -> {
          var zip = new ZipWriter(out, stem(file));
          zip.record(ZipContainer.PICKLE, PickleWriter.write(root));
          for (var storage : new TreeMap<>(storages).entrySet()) { // 0, 1, 10, 11, 2, …
            zip.record(ZipContainer.DATA + storage.getKey(), storage.getValue());
          }
          zip.record("version", "3\n".getBytes(StandardCharsets.US_ASCII));
          zip.finish();
        });
  }

  static void rewrite(Path file, Container container) {
    FileDraft.write(
        file,
        out -> {
          switch (container) {
            case ZipContainer zip -> zip(out, zip);
            case LegacyContainer legacy -> legacy(out, legacy);
          }
        });
  }

  private static void zip(FileChannel out, ZipContainer container) throws IOException {
    var zip = new ZipWriter(out, container.prefix());
    for (String name : container.records().keySet()) {
      if (name.equals(ZipContainer.PICKLE)) zip.record(name, PickleWriter.write(container.root()));
      else zip.record(name, container.record(name));
    }
    zip.finish();
  }

  private static void legacy(FileChannel out, LegacyContainer container) throws IOException {
    pickle(out, new Pickled.Whole(LegacyContainer.MAGIC));
    pickle(out, Pickled.Whole.of(LegacyContainer.VERSION));
    pickle(out, container.system());
    pickle(out, container.root());
    pickle(out, container.keys());
    for (var form : container.order()) {
      var length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      FileDraft.drain(out, length.putLong(form.numel()).flip());
      MemorySegment data = container.storage(form.key());
      for (long at = 0; at < data.byteSize(); at += 1 << 26) {
        long part = Math.min(1 << 26, data.byteSize() - at);
        FileDraft.drain(out, data.asSlice(at, part).asByteBuffer());
      }
    }
  }

  private static void pickle(FileChannel out, Pickled value) throws IOException {
    FileDraft.drain(out, ByteBuffer.wrap(PickleWriter.write(value)));
  }

  /// The folder inside the zip file: its name up to the last dot, as PyTorch takes it.
  private static String stem(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    String stem = dot < 0 ? name : name.substring(0, dot);
    return stem.isEmpty() ? "archive" : stem;
  }
}
