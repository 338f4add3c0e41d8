package dev.microtome.server.worker;

import java.io.IOException;

/// Whether a worker's process answers at all: it is asked again and again, and a thread of it that
/// does nothing else answers. A process that is stopped, or finds no time for anything, does not.
/// Time is counted in looks, so that a server which found no time itself blames nobody.
final class Pulse {
  static final String ASKED = "pulse";

  private static final int BETWEEN = 5;
  private static final int MOST_UNANSWERED = 40;

  private final Child child;
  private int looks;
  private boolean isSent;
  private volatile boolean isHeard = true;

  Pulse(Child child) {
    this.child = child;
  }

  /// The process said something.
  void heard() {
    isHeard = true;
  }

  /// To be called ten times a second: asks, when it is time to. Returns whether the answer has been
  /// due for four seconds.
  boolean isOverdue() throws IOException {
    looks++;
    if (isHeard && looks >= BETWEEN) {
      looks = 0;
      isHeard = false;
      isSent = false;
    }
    if (!isHeard && !isSent) {
      isSent = child.offer(Frame.of(ASKED));
    }
    return !isHeard && looks >= MOST_UNANSWERED;
  }
}
