package dev.microtome.tensor;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/// Carries exceptions of Java callbacks through libtorch, which only passes on their text: the text
/// is a number here, under which the exception itself waits.
final class HookFailures {
  private static final Map<Long, Throwable> WAITING = new ConcurrentHashMap<>();
  private static final AtomicLong NUMBERS = new AtomicLong();
  private static final Pattern TICKET = Pattern.compile("microtome hook failure #(\\d+)#");

  private HookFailures() {}

  /// What a callback throws in place of `failure`.
  static RuntimeException ticket(Throwable failure) {
    long number = NUMBERS.incrementAndGet();
    WAITING.put(number, failure);
    return new IllegalStateException("microtome hook failure #" + number + "#");
  }

  /// Throws the exception that waits behind `nativeFailure`, as it was; returns when there is none.
  static void rethrow(RuntimeException nativeFailure) {
    String message = nativeFailure.getMessage();
    var ticket = TICKET.matcher(message == null ? "" : message);
    if (ticket.find()) {
      Throwable original = WAITING.remove(Long.parseLong(ticket.group(1)));
      if (original != null) {
        HookFailures.<RuntimeException>throwAsIs(original);
      }
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // a checked one stays itself
  private static <T extends Throwable> void throwAsIs(Throwable failure) throws T {
    throw (T) failure;
  }
}
