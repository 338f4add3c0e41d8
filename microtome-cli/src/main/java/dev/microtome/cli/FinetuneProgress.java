package dev.microtome.cli;

import dev.microtome.models.finetune.FinetuneListener;
import dev.microtome.models.finetune.LossHistory;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Shows a training: a bar while a person watches, else a line now and then.
final class FinetuneProgress implements FinetuneListener, AutoCloseable {
  private static final int LINES = 20;

  private final Output output;
  private @Nullable Progress bar;
  private long since;
  private int first;
  private long tokens;

  FinetuneProgress(Output output) {
    this.output = output;
  }

  @Override
  public void begin(int done, int steps) {
    first = done;
    since = System.nanoTime();
    if (done > 0) {
      line(format("going on after step %d of %d", done, steps));
    }
    bar = new Progress(output, "training", steps);
    bar.steps(done);
  }

  @Override
  public void step(Step step) {
    tokens += step.tokens();
    double seconds = (System.nanoTime() - since) / 1e9;
    double left = seconds / (step.done() - first) * (step.steps() - step.done());
    String speed = format("loss %.4f, %.0f tokens/s", step.loss(), tokens / seconds);
    if (bar != null) {
      bar.step();
      bar.note(speed);
    }
    int every = Math.max(1, step.steps() / LINES);
    if (!output.isTerminal() && (step.done() % every == 0 || step.done() == step.steps())) {
      line(
          format(
              "step %d of %d: %s, rate %.2g, %s left",
              step.done(), step.steps(), speed, step.rate(), time(left)));
    }
  }

  @Override
  public void evaluated(LossHistory.Evaluation evaluation) {
    line(format("held out, after %d steps: loss %.4f", evaluation.steps(), evaluation.loss()));
  }

  private static String time(double seconds) {
    long whole = Math.round(seconds);
    return whole < 60
        ? whole + " s"
        : whole < 3600
            ? format("%d:%02d min", whole / 60, whole % 60)
            : format("%d:%02d h", whole / 3600, whole / 60 % 60);
  }

  private void line(String text) {
    if (!output.json) {
      output.line(text);
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // private, its calls are above
  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }
}
