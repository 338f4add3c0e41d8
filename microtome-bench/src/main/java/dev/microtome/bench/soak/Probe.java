package dev.microtome.bench.soak;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/// Asks a server for one job ten times a second, and notes how it answers.
final class Probe {
  private static final Duration BETWEEN = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final JobClient client;
  private volatile String id = "";
  private int answered;
  private int notNow;
  private int strange;
  private double longest;
  private boolean wasAnswered;

  Probe(JobClient client) {
    this.client = client;
  }

  /// The job to ask for.
  void know(String job) {
    id = job;
  }

  /// Asks until its thread is interrupted.
  void keepOn() {
    try {
      while (!Thread.currentThread().isInterrupted()) {
        ask();
        Thread.sleep(BETWEEN);
      }
    } catch (InterruptedException enough) {
      Thread.currentThread().interrupt();
    }
  }

  private void ask() throws InterruptedException {
    long began = System.nanoTime();
    try {
      var answer = client.send("GET", "/v1/jobs/" + id, null);
      note(
          answer.statusCode(),
          answer.headers().firstValue("Retry-After").isPresent(),
          since(began));
    } catch (IOException none) {
      note(0, false, since(began));
    }
  }

  private static double since(long began) {
    return (System.nanoTime() - began) / 1e9;
  }

  private synchronized void note(int status, boolean saysWhen, double seconds) {
    boolean isNotNow = status == 503 && saysWhen;
    answered += status == 200 ? 1 : 0;
    notNow += isNotNow ? 1 : 0;
    strange += status == 200 || isNotNow ? 0 : 1;
    longest = Math.max(longest, seconds);
    wasAnswered = status == 200;
  }

  /// How long it takes from now until it is answered.
  double secondsUntilAnswered() throws InterruptedException {
    long began = System.nanoTime();
    synchronized (this) {
      wasAnswered = false;
    }
    while (since(began) < PATIENCE.toSeconds()) {
      synchronized (this) {
        if (wasAnswered) {
          break;
        }
      }
      Thread.sleep(20);
    }
    return since(began);
  }

  /// How many answers were neither the job nor a refusal that says when to come again.
  synchronized int strange() {
    return strange;
  }

  /// Seconds of the answer that took longest.
  synchronized double longest() {
    return longest;
  }

  synchronized String numbers() {
    return String.format(
        Locale.ROOT,
        "a job was looked at %d times and %d times refused (503, Retry-After), %d other answers,"
            + " the slowest after %.1f s",
        answered,
        notNow,
        strange,
        longest);
  }
}
