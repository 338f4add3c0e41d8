package dev.microtome.tensor.pickle;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// The bytes of pickles, one after the other, each length checked before it is believed. Offsets in
/// errors are those of the file.
final class PickleBytes {
  private static final int LONGEST_LINE = 1_000;

  private final ByteBuffer bytes;
  private final Fault start;
  private int step;

  /// `start` says where in which file `bytes` begin.
  PickleBytes(ByteBuffer bytes, Fault start) {
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    this.start = start;
  }

  /// From here on, errors are those of the step that begins here.
  void beginStep() {
    step = bytes.position();
  }

  Fault fault() {
    return start.at(start.offset() + step);
  }

  int position() {
    return bytes.position();
  }

  int u8() {
    need(1);
    return bytes.get() & 0xFF;
  }

  int u16() {
    need(Short.BYTES);
    return bytes.getShort() & 0xFFFF;
  }

  int i32() {
    need(Integer.BYTES);
    return bytes.getInt();
  }

  double f64() {
    need(Double.BYTES);
    return Double.longBitsToDouble(Long.reverseBytes(bytes.getLong()));
  }

  byte[] bytes(int length) {
    need(length);
    byte[] taken = new byte[length];
    bytes.get(taken);
    return taken;
  }

  String text(int length) {
    need(length);
    var part = bytes.slice(bytes.position(), length);
    bytes.position(bytes.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(part).toString();
    } catch (CharacterCodingException e) {
      throw fault().broken("a text is not UTF-8");
    }
  }

  /// Text up to the next line feed, which is taken too.
  String line() {
    int length = 0;
    while (bytes.position() + length < bytes.limit()
        && bytes.get(bytes.position() + length) != '\n') {
      if (++length > LONGEST_LINE) throw fault().refused("a name is out of reason");
    }
    String line = text(length);
    need(1);
    bytes.get();
    return line;
  }

  private void need(int length) {
    if (length < 0 || length > bytes.remaining()) {
      throw fault()
          .broken(
              "the pickle ends here, but %d more bytes should follow",
              Integer.toUnsignedLong(length));
    }
  }
}
