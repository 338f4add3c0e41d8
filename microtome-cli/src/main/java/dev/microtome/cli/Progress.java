package dev.microtome.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// A progress bar on the error stream while a person watches; nothing otherwise, so that logs and
/// pipes stay clean.
final class Progress implements AutoCloseable {
  private static final int WIDTH = 100;

  private final @Nullable ProgressBar bar;

  Progress(Output output, String task, long steps) {
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
    if (bar != null) {
      bar.stepBy(count);
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
