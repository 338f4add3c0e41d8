package dev.microtome.bench.soak;

import dev.microtome.bench.fuzz.Mutator;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.protocol.JobReader;
import dev.microtome.server.protocol.Multipart;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/// Gives the reader of jobs broken ones: bodies of two parts, graphs and tensors. It may take or
/// refuse them, and nothing else.
final class JobFuzzTrial implements Trial {
  private static final String[] WORDS = {
    "\r\n", "\"", "{", "}", "]", ":", "{\"node\":0}", "\"save\":true", "\\ud800", "NaN", "aten::add"
  };
  private static final String TYPE = "multipart/form-data; boundary=xyz";

  @Override
  public String promise() {
    return "JOBS";
  }

  @Override
  public String about() {
    return "broken graphs and tensors are refused, nothing else";
  }

  @Override
  public Outcome run(Length length) {
    long end = System.nanoTime() + length.of(60, 180) * 1_000_000_000L;
    var mutator = new Mutator(new Random(1), WORDS);
    List<byte[]> sound = List.of(body());
    var reader = new JobReader(Limits.defaults());
    long taken = 0;
    long refused = 0;
    while (System.nanoTime() < end) {
      for (int i = 0; i < 100; i++) {
        if (isTaken(reader, mutator.next(sound))) {
          taken++;
        } else {
          refused++;
        }
      }
    }
    return new Outcome(
        taken > 0 && refused > 0,
        "%d taken, %d refused, 0 other failures".formatted(taken, refused));
  }

  private static boolean isTaken(JobReader reader, byte[] body) {
    try {
      Payload payload = Multipart.read(TYPE, body);
      reader.read(payload);
      return true;
    } catch (RefusedException expected) {
      return false;
    }
  }

  private static byte[] body() {
    String header = "{\"t0\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
    String json =
        EchoExecutor.job("hello x")
            .replace(
                "\"save\":true}",
                "\"save\":true},{\"op\":\"aten::add\",\"args\":[{\"node\":0},{\"tensor\":\"t0\"}]}");
    byte[] front =
        ("--xyz\r\nContent-Disposition: form-data; name=\"job\"\r\n\r\n"
                + json
                + "\r\n--xyz\r\nContent-Disposition: form-data; name=\"tensors\"\r\n\r\n")
            .getBytes(StandardCharsets.UTF_8);
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(front.length + 8 + text.length + 8 + 11)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(front)
        .putLong(text.length)
        .put(text)
        .putLong(0)
        .put("\r\n--xyz--\r\n".getBytes(StandardCharsets.UTF_8))
        .array();
  }
}
