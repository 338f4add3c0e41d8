package dev.microtome.server.protocol;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The body of a submitted job: plain JSON, or `multipart/form-data` with the parts `job` and
/// `tensors` in this order. Nothing else of multipart is understood: no nesting, no encodings, no
/// further parts.
public final class Multipart {
  private static final Pattern TYPE =
      Pattern.compile(
          "multipart/form-data;\\s*boundary=\"?([A-Za-z0-9'()+_,./:=?-]{1,70})\"?",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern JSON =
      Pattern.compile("application/json(;\\s*charset=\"?utf-8\"?)?", Pattern.CASE_INSENSITIVE);
  private static final Pattern PART_NAME = Pattern.compile("[;\\s]name=\"([a-z]{1,16})\"");
  private static final int LONGEST_PART_HEADER = 1_024;
  private static final byte[] END_OF_HEADER = {'\r', '\n', '\r', '\n'};

  private final byte[] body;
  private final byte[] delimiter;
  private int position;

  private Multipart(byte[] body, String boundary) {
    this.body = body;
    this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
  }

  /// The two parts of a body of this content type.
  public static Payload read(String contentType, byte[] body) {
    if (JSON.matcher(contentType).matches()) {
      return new Payload(body, new byte[0]);
    }
    Matcher type = TYPE.matcher(contentType);
    if (!type.matches()) {
      throw new RefusedException(
          ErrorCode.UNSUPPORTED_MEDIA,
          "send application/json, or multipart/form-data with the parts job and tensors");
    }
    return new Multipart(body, type.group(1)).read();
  }

  private Payload read() {
    if (!at(2, 0)) {
      throw refuse("the body does not begin with its boundary");
    }
    position = delimiter.length - 2;
    byte[] json = part("job");
    byte[] tensors = isEnd() ? new byte[0] : part("tensors");
    if (!isEnd()) {
      throw refuse("there is a part after 'tensors'");
    }
    return new Payload(json, tensors);
  }

  /// Reads a part, from behind one delimiter to behind the next.
  private byte[] part(String expected) {
    int end = find(END_OF_HEADER, position, Math.min(body.length, position + LONGEST_PART_HEADER));
    if (position + 2 > body.length
        || body[position] != '\r'
        || body[position + 1] != '\n'
        || end < 0) {
      throw refuse("part '" + expected + "' has no header");
    }
    String header = new String(body, position, end - position, StandardCharsets.ISO_8859_1);
    Matcher name = PART_NAME.matcher(header);
    if (!name.find() || !name.group(1).equals(expected)) {
      throw refuse("expected a part '" + expected + "'");
    }
    if (header.toLowerCase(Locale.ROOT).contains("content-transfer-encoding")) {
      throw refuse("parts are sent as they are, without a transfer encoding");
    }
    int begin = end + END_OF_HEADER.length;
    int next = find(delimiter, begin - 2, body.length);
    if (next < 0) {
      throw refuse("part '" + expected + "' has no end");
    }
    position = next + delimiter.length;
    byte[] content = new byte[Math.max(0, next - begin)];
    System.arraycopy(body, begin, content, 0, content.length);
    return content;
  }

  private boolean isEnd() {
    if (position + 2 > body.length || body[position] != '-' || body[position + 1] != '-') {
      return false;
    }
    int rest = body.length - position - 2;
    return rest == 0 || (rest == 2 && body[position + 2] == '\r' && body[position + 3] == '\n');
  }

  /// Whether the delimiter without its first `skip` bytes stands at `index`.
  private boolean at(int skip, int index) {
    if (index + delimiter.length - skip > body.length) {
      return false;
    }
    for (int i = skip; i < delimiter.length; i++) {
      if (body[index + i - skip] != delimiter[i]) {
        return false;
      }
    }
    return true;
  }

  private int find(byte[] wanted, int from, int to) {
    outer:
    for (int i = from; i <= to - wanted.length; i++) {
      for (int j = 0; j < wanted.length; j++) {
        if (body[i + j] != wanted[j]) {
          continue outer;
        }
      }
      return i;
    }
    return -1;
  }

  private static RefusedException refuse(String message) {
    return new RefusedException(ErrorCode.INVALID_REQUEST, message);
  }
}
