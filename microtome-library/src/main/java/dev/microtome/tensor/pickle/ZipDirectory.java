package dev.microtome.tensor.pickle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;

/// Reads a zip file's directory (with its 64-bit forms) from the mapped file. Entries may neither
/// overlap nor bear one name, and none may inflate beyond reason: such files look different to two
/// readers, or are bombs.
final class ZipDirectory {
  private static final int LOCAL = 0x04034b50;
  private static final int CENTRAL = 0x02014b50;
  private static final int END = 0x06054b50;
  private static final int END64 = 0x06064b50;
  private static final int LOCATOR64 = 0x07064b50;
  private static final int END_BYTES = 22;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL_BYTES = 30;
  private static final long LOST = 0xFFFFFFFFL; // "look into the 64-bit field"
  private static final long MOST_INFLATED = 1L << 30;
  private static final int MOST_ENTRIES = 1_000_000;

  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final MemorySegment file;
  private final Fault start;

  private ZipDirectory(MemorySegment file, Fault start) {
    this.file = file;
    this.start = start;
  }

  /// Whether the file begins as a zip file does.
  static boolean isZip(MemorySegment file) {
    return file.byteSize() >= 4 && file.get(U32, 0) == LOCAL;
  }

  /// The entries in the directory's order.
  static List<ZipRecord> read(MemorySegment file, Fault start) {
    return new ZipDirectory(file, start).read();
  }

  private List<ZipRecord> read() {
    long end = findEnd();
    long entries = u16(end + 10);
    long size = u32(end + 12);
    long at = u32(end + 16);
    long limit = end;
    if (end >= 20 && u32(end - 20) == LOCATOR64) {
      limit = u64(end - 12);
      if (limit < 0 || limit > end - 20 - 56 || u32(limit) != END64) {
        throw start.at(end - 20).broken("the zip file's 64-bit directory is not where it says");
      }
      entries = u64(limit + 32);
      size = u64(limit + 40);
      at = u64(limit + 48);
    }
    if (entries < 0 || entries > MOST_ENTRIES || size < 0 || at < 0 || size > limit - at) {
      throw start.at(end).broken("the zip file's directory does not fit into the file");
    }
    return records(at, at + size, (int) entries);
  }

  private List<ZipRecord> records(long at, long end, int count) {
    var records = new ArrayList<ZipRecord>();
    var names = new HashSet<String>();
    long inflated = 0;
    for (int i = 0; i < count; i++) {
      need(at, CENTRAL_BYTES, end);
      if (u32(at) != CENTRAL) throw start.at(at).broken("no entry of a zip directory");
      int tail = u16(at + 28) + u16(at + 30) + u16(at + 32);
      need(at + CENTRAL_BYTES, tail, end);
      ZipRecord record = record(at);
      if (!names.add(record.name())) {
        throw start.at(at).refused("two records are called %s", Fault.quote(record.name()));
      }
      inflated += record.deflated() ? record.size() : 0;
      if (inflated > MOST_INFLATED) {
        throw start.at(at).refused("the records inflate to more than %d bytes", MOST_INFLATED);
      }
      records.add(record);
      at += CENTRAL_BYTES + tail;
    }
    checkApart(records);
    return List.copyOf(records);
  }

  private ZipRecord record(long at) {
    int flags = u16(at + 8);
    int method = u16(at + 10);
    long stored = u32(at + 20);
    long size = u32(at + 24);
    int nameLength = u16(at + 28);
    long local = u32(at + 42);
    long extra = at + CENTRAL_BYTES + nameLength;
    long extraEnd = extra + u16(at + 30);
    if (size == LOST || stored == LOST || local == LOST) {
      long wide = wideField(extra, extraEnd);
      if (size == LOST) size = u64(wide, wide += 8, extraEnd);
      if (stored == LOST) stored = u64(wide, wide += 8, extraEnd);
      if (local == LOST) local = u64(wide, wide + 8, extraEnd);
    }
    var name = text(at + CENTRAL_BYTES, nameLength);
    Fault fault = start.at(at);
    if ((flags & 1) != 0) throw fault.refused("record %s is encrypted", Fault.quote(name));
    if (method != 0 && method != 8) {
      throw fault.refused("record %s is packed by method %d", Fault.quote(name), method);
    }
    boolean deflated = method == 8;
    if ((!deflated && stored != size) || size < 0 || stored < 0) {
      throw fault.broken("record %s has %d bytes and %d", Fault.quote(name), stored, size);
    }
    return new ZipRecord(
        name, (int) u32(at + 16), dataOf(name, local, stored), stored, size, deflated);
  }

  /// Where the 64-bit numbers of an entry begin.
  private long wideField(long at, long end) {
    while (at + 4 <= end) {
      if (u16(at) == 1) return at + 4;
      at += 4L + u16(at + 2);
    }
    throw start.at(at).broken("an entry of the zip directory lacks its 64-bit sizes");
  }

  private long u64(long at, long next, long end) {
    if (next > end) throw start.at(at).broken("an entry of the zip directory is cut short");
    return u64(at);
  }

  private long dataOf(String name, long local, long stored) {
    Fault fault = start.at(Math.max(0, local));
    if (local < 0 || local > file.byteSize() - LOCAL_BYTES || u32(local) != LOCAL) {
      throw fault.broken("record %s is not where the directory says", Fault.quote(name));
    }
    long nameLength = u16(local + 26);
    long begin = local + LOCAL_BYTES + nameLength + u16(local + 28);
    if (begin > file.byteSize() || stored > file.byteSize() - begin) {
      throw fault.broken("record %s reaches beyond the file", Fault.quote(name));
    }
    if (!text(local + LOCAL_BYTES, (int) nameLength).equals(name)) {
      throw fault.refused("record %s is called otherwise where it lies", Fault.quote(name));
    }
    return begin;
  }

  private void checkApart(List<ZipRecord> records) {
    var sorted = records.stream().sorted(Comparator.comparingLong(ZipRecord::begin)).toList();
    for (int i = 1; i < sorted.size(); i++) {
      ZipRecord before = sorted.get(i - 1);
      if (before.begin() + before.stored() > sorted.get(i).begin()) {
        throw start
            .at(sorted.get(i).begin())
            .refused(
                "records %s and %s overlap",
                Fault.quote(before.name()), Fault.quote(sorted.get(i).name()));
      }
    }
  }

  /// The end of the directory lies at the end of the file, before a comment of at most 64 KiB.
  private long findEnd() {
    long lowest = Math.max(0, file.byteSize() - END_BYTES - 0xFFFF);
    for (long at = file.byteSize() - END_BYTES; at >= lowest; at--) {
      if (u32(at) == END && at + END_BYTES + u16(at + 20) == file.byteSize()) return at;
    }
    throw start
        .at(file.byteSize())
        .broken("the zip file ends without its directory; it was probably cut short");
  }

  private void need(long at, long length, long end) {
    if (length > end - at) throw start.at(at).broken("the zip file's directory is cut short");
  }

  private int u16(long at) {
    return file.get(U16, at) & 0xFFFF;
  }

  private long u32(long at) {
    return file.get(U32, at) & LOST;
  }

  private long u64(long at) {
    return file.get(U64, at);
  }

  private String text(long at, int length) {
    if (length > file.byteSize() - at) throw start.at(at).broken("a record's name is cut short");
    byte[] bytes = file.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
