package dev.microtome.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// A progress bar on the error stream while a person watches; otherwise a line there from time to
/// time, and none in short runs, so that logs stay readable.
final class Progress implements AutoCloseable {
  private static final int WIDTH = 100;

  private static final long BETWEEN_LINES = 15_000_000_000L;

  private final Output output;
  private final String task;
  private final long all;
  private final @Nullable ProgressBar bar;
  private long done;
  private long last = System.nanoTime();

  Progress(Output output, String task, long steps) {
    this.output = output;
    this.task = task;
    all = steps;
    bar = output.isTerminal() && !output.json ? bar(task, steps) : null;
  }

  private static ProgressBar bar(String task, long steps) {
    return new ProgressBarBuilder()
        .setTaskName(task)
        .setInitialMax(steps)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(100)
        .clearDisplayOnFinish()
        .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH))
        .build();
  }

  /// One step done.
  void step() {
    steps(1);
  }

  void steps(int count) {
    done += count;
    if (bar != null) {
      bar.stepBy(count);
    } else if (!output.json && System.nanoTime() - last > BETWEEN_LINES) {
      last = System.nanoTime();
      output.err().println("%s: %d of %d".formatted(task, done, all));
    }
  }

  /// A few words behind the bar.
  void note(String text) {
    if (bar != null) {
      bar.setExtraMessage(text);
    }
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
