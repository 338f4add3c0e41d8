package dev.microtome.server.job;

import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Tells a full disk from other trouble, which Java does not.
public final class DiskFull {
  private static final List<String> WORDS =
      List.of(
          "no space left", "not enough space", "disk quota exceeded", "database or disk is full");

  private DiskFull() {}

  /// What jobs and requests are told that would need room.
  public static Failure failure() {
    return new Failure(ErrorCode.STORAGE_FULL, "the server's disk is full");
  }

  /// Whether `thrown` came about because the disk is full.
  public static boolean isWhy(@Nullable Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      String message = cause.getMessage();
      if ((cause instanceof IOException || cause instanceof SQLException)
          && message != null
          && WORDS.stream().anyMatch(message.toLowerCase(Locale.ROOT)::contains)) {
        return true;
      }
    }
    return false;
  }
}
