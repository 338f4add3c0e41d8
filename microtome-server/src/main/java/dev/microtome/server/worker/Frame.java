package dev.microtome.server.worker;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One message between a server and a process of its own: a kind, a small JSON object, and any
/// number of byte arrays. Every length is checked before anything is allocated for it.
///
/// On the wire: `int` bytes of the JSON, the JSON with its kind inside, `int` number of arrays, and
/// for each an `int` length and its bytes; big endian.
///
/// @param head has the field `kind`
record Frame(ObjectNode head, List<byte[]> bodies) {
  private static final int MOST_HEAD = 1 << 20;
  private static final int MOST_BODIES = 512;
  private static final int MOST_BYTES = 256 << 20;

  static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(16)
                          .maxStringLength(64 << 10)
                          .maxNumberLength(64)
                          .build())
                  .build())
          .build();

  static Frame of(String kind) {
    return new Frame(JSON.createObjectNode().put("kind", kind), List.of());
  }

  static Frame of(String kind, ObjectNode head, byte[]... bodies) {
    return new Frame(head.put("kind", kind), List.of(bodies));
  }

  String kind() {
    return head.path("kind").asString("");
  }

  String text(String field) {
    return head.path(field).asString("");
  }

  void writeTo(DataOutputStream out) throws IOException {
    byte[] json = JSON.writeValueAsBytes(head);
    out.writeInt(json.length);
    out.write(json);
    out.writeInt(bodies.size());
    for (byte[] body : bodies) {
      out.writeInt(body.length);
      out.write(body);
    }
    out.flush();
  }

  /// The next frame, or null at the end of the stream.
  ///
  /// @throws IOException when what comes is no frame
  static @Nullable Frame read(DataInputStream in) throws IOException {
    int length;
    try {
      length = in.readInt();
    } catch (EOFException end) {
      return null;
    }
    JsonNode head;
    try {
      head = JSON.readTree(bytes(in, length, MOST_HEAD));
    } catch (JacksonException broken) {
      throw new IOException("a frame whose head is no JSON: " + broken.getOriginalMessage());
    }
    if (!(head instanceof ObjectNode object)) {
      throw new IOException("a frame whose head is no object");
    }
    int count = in.readInt();
    if (count < 0 || count > MOST_BODIES) {
      throw new IOException("a frame with " + count + " bodies");
    }
    var bodies = new ArrayList<byte[]>();
    long left = MOST_BYTES;
    for (int i = 0; i < count; i++) {
      bodies.add(bytes(in, in.readInt(), (int) left));
      left -= bodies.getLast().length;
    }
    return new Frame(object, bodies);
  }

  private static byte[] bytes(DataInputStream in, int length, int most) throws IOException {
    if (length < 0 || length > most) {
      throw new IOException("a frame part of %d bytes, at most %d".formatted(length, most));
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the stream ended within a frame");
    }
    return bytes;
  }
}
