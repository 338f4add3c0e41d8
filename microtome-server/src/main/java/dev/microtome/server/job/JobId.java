package dev.microtome.server.job;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/// The name of a job: 128 random bits as 32 hexadecimal digits. Always chosen by the server.
public record JobId(String text) {
  private static final int BYTES = 16;
  private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");
  private static final SecureRandom RANDOM = new SecureRandom();

  public JobId {
    if (!isOne(text)) {
      throw new IllegalArgumentException("a job's id is 32 hexadecimal digits");
    }
  }

  /// Whether `text` could be the name of a job.
  public static boolean isOne(String text) {
    return FORM.matcher(text).matches();
  }

  public static JobId random() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return new JobId(HexFormat.of().formatHex(bytes));
  }

  @Override
  public String toString() {
    return text;
  }
}
