package dev.microtome.cli;

import dev.microtome.models.hub.HubProgress;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Shows downloads on the error stream: as a bar while a person watches, else a line for each file.
final class DownloadBar implements HubProgress, AutoCloseable {
  private static final int WIDTH = 80;
  private static final long MEGABYTE = 1_000_000;

  private final boolean watched;
  private @Nullable ProgressBar bar;
  private String file = "";

  DownloadBar(boolean watched) {
    this.watched = watched;
  }

  @Override
  public void at(String name, long done, long total) {
    if (!name.equals(file)) {
      close();
      file = name;
      if (watched) {
        bar = bar(name, total);
      } else {
        System.err.printf("microtome: downloading %s (%,d bytes)%n", name, total);
      }
    }
    if (bar != null) {
      bar.stepTo(done);
    }
  }

  private static ProgressBar bar(String name, long total) {
    return new ProgressBarBuilder()
        .setTaskName(name)
        .setInitialMax(total)
        .setUnit(" MB", MEGABYTE)
        .setStyle(ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(100)
        .clearDisplayOnFinish()
        .setConsumer(new ConsoleProgressBarConsumer(System.err, WIDTH))
        .build();
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
      bar = null;
    }
  }
}
