package dev.microtome.tensor.file;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// Takes the header off the front of a mapped file and checks all of it, the frame first, then the
/// text, then the JSON, then the layout: each step relies only on what the steps before it have
/// shown.
final class HeaderReader {
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path file;
  private final MemorySegment bytes;

  private HeaderReader(Path file, MemorySegment bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  static Header read(Path file, MemorySegment bytes) {
    return new HeaderReader(file, bytes).read();
  }

  private Header read() {
    int length = length();
    byte[] header = bytes.asSlice(Long.BYTES, length).toArray(ValueLayout.JAVA_BYTE);
    checkText(header);
    var parsed = HeaderParser.parse(file, header);
    for (int i = parsed.end(); i < length; i++) {
      if (header[i] != ' ') {
        throw refuse(
            Long.BYTES + i, "only blanks may follow the header's JSON, not byte " + hex(header[i]));
      }
    }
    long dataStart = Long.BYTES + (long) length;
    var tensors = Layout.check(file, parsed.entries(), dataStart, bytes.byteSize() - dataStart);
    return new Header(tensors, parsed.metadata(), dataStart);
  }

  private int length() {
    long size = bytes.byteSize();
    if (size < Long.BYTES) {
      throw refuse(0, "%d bytes are too few to hold the header's length (8)".formatted(size));
    }
    long length = bytes.get(LENGTH, 0);
    String said = Long.toUnsignedString(length); // from 2^63 on a long is negative
    if (Long.compareUnsigned(length, StrictJson.LONGEST) > 0) {
      throw refuse(
          0, "a header of %s bytes is above the limit of %d".formatted(said, StrictJson.LONGEST));
    }
    if (length > size - Long.BYTES) {
      throw refuse(
          0, "a header of %s bytes does not fit into a file of %d bytes".formatted(said, size));
    }
    if (length == 0) throw refuse(0, "the header is empty");
    return (int) length;
  }

  private void checkText(byte[] header) {
    if (header[0] != '{') {
      throw refuse(
          Long.BYTES, "the header begins with byte %s, not with {".formatted(hex(header[0])));
    }
    int bad = StrictJson.firstBadByte(header);
    if (bad >= 0) throw refuse(Long.BYTES + bad, "the header is not UTF-8");
  }

  private static String hex(byte b) {
    return "0x%02x".formatted(b);
  }

  private SafetensorsException refuse(long offset, String reason) {
    return new SafetensorsException(
        file, offset, null, reason, "check that this is a complete .safetensors file");
  }
}
