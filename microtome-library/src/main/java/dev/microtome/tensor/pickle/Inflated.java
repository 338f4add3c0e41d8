package dev.microtome.tensor.pickle;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// A record's bytes: those of the file, or inflated ones, which must be as many as the directory
/// says.
final class Inflated {
  private Inflated() {}

  static MemorySegment bytes(MemorySegment file, ZipRecord record, Fault fault) {
    var stored = file.asSlice(record.begin(), record.stored());
    return record.deflated() ? inflate(stored, record, fault) : stored;
  }

  /// The same, and the bytes must have the sum the directory gives.
  static MemorySegment checked(MemorySegment file, ZipRecord record, Fault fault) {
    var bytes = bytes(file, record, fault);
    var crc = new CRC32();
    crc.update(bytes.asByteBuffer());
    if ((int) crc.getValue() != record.crc()) {
      throw fault
          .at(record.begin())
          .broken("record %s does not have its check sum", Fault.quote(record.name()));
    }
    return bytes;
  }

  private static MemorySegment inflate(MemorySegment stored, ZipRecord record, Fault fault) {
    var whole = Arena.ofAuto().allocate(Math.max(1, record.size()), 64);
    Fault here = fault.at(record.begin());
    try (var inflater = new Inflater(true)) {
      var out = whole.asSlice(0, record.size()).asByteBuffer();
      inflater.setInput(stored.asByteBuffer());
      while (out.hasRemaining() && inflater.inflate(out) > 0) {}
      boolean more = !inflater.finished() && inflater.inflate(new byte[1]) > 0;
      if (out.hasRemaining() || more) {
        throw here.broken("record %s does not inflate to its size", Fault.quote(record.name()));
      }
      return whole.asSlice(0, record.size());
    } catch (DataFormatException e) {
      throw here.broken("record %s does not inflate", Fault.quote(record.name()));
    }
  }
}
