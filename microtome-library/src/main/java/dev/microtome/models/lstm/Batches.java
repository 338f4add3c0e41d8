package dev.microtome.models.lstm;

import dev.microtome.tensor.Tensor;
import java.util.function.Consumer;

/// A text in columns that are read side by side: `batchify` and `get_batch` of PyTorch's example.
///
/// @param columns word numbers (steps, columns)
public record Batches(Tensor columns) {
  /// A stretch of the text and the words that follow each of its words.
  ///
  /// @param words (length, columns)
  /// @param targets (length · columns)
  public record Batch(Tensor words, Tensor targets) {
    public long length() {
      return words.size(0);
    }
  }

  /// Cuts a text into equal columns; what does not fit at the end is left out.
  public static Batches of(Tensor text, long columns) {
    if (columns < 1 || text.numel() / columns < 2) {
      throw new IllegalArgumentException(
          "a text of %d words makes no %d columns of at least 2 words"
              .formatted(text.numel(), columns));
    }
    long steps = text.numel() / columns;
    Tensor fitting = text.narrow(0, 0, steps * columns);
    return new Batches(fitting.view(columns, steps).t().contiguous());
  }

  /// Cuts a text into `most` columns, or fewer when it has too few words.
  public static Batches upTo(Tensor text, long most) {
    return of(text, Math.clamp(text.numel() / 2, 1, most));
  }

  /// Words in a column.
  public long steps() {
    return columns.size(0);
  }

  /// How many batches of `length` there are.
  public long count(long length) {
    return (steps() - 1 + length - 1) / length;
  }

  /// The batch that begins at `step`, at most `length` long.
  public Batch at(long step, long length) {
    long fitting = Math.min(length, steps() - 1 - step);
    return new Batch(
        columns.narrow(0, step, fitting), columns.narrow(0, step + 1, fitting).reshape(-1));
  }

  /// All batches in order.
  public void forEach(long length, Consumer<Batch> work) {
    for (long step = 0; step < steps() - 1; step += length) {
      work.accept(at(step, length));
    }
  }
}
