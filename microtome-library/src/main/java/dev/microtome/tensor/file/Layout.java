package dev.microtome.tensor.file;

import dev.microtome.tensor.file.HeaderParser.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Checks that shapes, element types and byte ranges agree, and that the ranges tile the data
/// exactly: no hole, no overlap, nothing left over. A file that is also something else, or cut
/// short, fails here.
final class Layout {
  private static final Comparator<Entry> BY_RANGE =
      Comparator.<Entry>comparingLong(e -> e.info().begin())
          .thenComparingLong(e -> e.info().end())
          .thenComparing(e -> e.info().name(), Names::compare);

  private final Path file;
  private final long dataStart;

  private Layout(Path file, long dataStart) {
    this.file = file;
    this.dataStart = dataStart;
  }

  /// The tensors in the order of their data, of which there are `available` bytes.
  static List<TensorInfo> check(Path file, List<Entry> entries, long dataStart, long available) {
    var layout = new Layout(file, dataStart);
    entries.forEach(layout::checkSize);
    var sorted = new ArrayList<>(entries);
    sorted.sort(BY_RANGE);
    long end = 0;
    for (var entry : sorted) end = layout.follow(entry, end);
    layout.checkEnd(end, available);
    return sorted.stream().map(Entry::info).toList();
  }

  private void checkSize(Entry entry) {
    var info = entry.info();
    if (info.end() < info.begin()) {
      throw refuse(
          entry, "the data ends at %d, before it begins at %d".formatted(info.end(), info.begin()));
    }
    long bits = bits(entry);
    if (Long.remainderUnsigned(bits, 8) != 0) {
      throw refuse(
          entry,
          "shape %s of %s is not a whole number of bytes"
              .formatted(SafetensorsException.brief(info.shape()), info.type()));
    }
    long needed = Long.divideUnsigned(bits, 8);
    if (needed != info.bytes()) {
      throw refuse(
          entry,
          "shape %s of %s needs %s bytes, but data_offsets hold %d"
              .formatted(
                  SafetensorsException.brief(info.shape()),
                  info.type(),
                  Long.toUnsignedString(needed),
                  info.bytes()));
    }
  }

  /// In unsigned 64-bit arithmetic over all dimensions in order, as the format's reference counts.
  private long bits(Entry entry) {
    var info = entry.info();
    try {
      long count = 1;
      for (long dim : info.shape().dims()) count = Math.unsignedMultiplyExact(count, dim);
      return Math.unsignedMultiplyExact(count, (long) info.type().bits());
    } catch (ArithmeticException e) {
      throw refuse(
          entry,
          "the size of shape %s of %s does not fit 64 bits"
              .formatted(SafetensorsException.brief(info.shape()), info.type()));
    }
  }

  private long follow(Entry entry, long end) {
    var info = entry.info();
    if (info.begin() > end) {
      throw refuse(
          entry, "bytes %d to %d of the data belong to no tensor".formatted(end, info.begin()));
    }
    if (info.begin() < end) {
      throw refuse(
          entry,
          "the data begins at %d inside another tensor's, which ends at %d"
              .formatted(info.begin(), end));
    }
    return info.end();
  }

  private void checkEnd(long end, long available) {
    if (end == available) return;
    String reason =
        end > available
            ? "the header promises %d bytes of data, but the file has %d: it is cut short"
            : "the header describes %d bytes of data, but the file has %d: the rest belongs to nothing";
    throw new SafetensorsException(
        file,
        dataStart + Math.min(end, available),
        null,
        reason.formatted(end, available),
        "fetch the file again");
  }

  private SafetensorsException refuse(Entry entry, String reason) {
    return new SafetensorsException(
        file,
        entry.at(),
        entry.info().name(),
        reason,
        "write the file again or fetch a fresh copy");
  }
}
