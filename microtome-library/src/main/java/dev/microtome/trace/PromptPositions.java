package dev.microtome.trace;

import dev.microtome.tensor.Index;
import org.jspecify.annotations.Nullable;

/// Answers [Trace#token] for one invoke and step.
record PromptPositions(@Nullable TokenPlaces places, int step) {
  Index at(int position) {
    if (position >= 0) {
      return new Index.At(known("token(" + position + ")").position(position));
    }
    if (step == 0 && places != null) {
      places.position(position); // is there one?
    }
    return new Index.At(position);
  }

  Index only(String text, @Nullable Integer occurrence) {
    TokenRange range = range(text, occurrence);
    if (range.size() > 1) {
      throw new IllegalArgumentException(
          "'%s' is %d tokens of this prompt, %d to %d; say tokens(\"%s\").first(), last() or all()"
              .formatted(text, range.size(), range.from(), range.to() - 1, text));
    }
    return range.first();
  }

  TokenRange range(String text, @Nullable Integer occurrence) {
    return known("'" + text + "'").range(text, occurrence);
  }

  private TokenPlaces known(String what) {
    if (places == null) {
      throw new IllegalStateException(
          what
              + " has no place here: this trace does not stand for one prompt; count from the end,"
              + " as in token(-1), or trace a prompt of a language model");
    }
    if (step > 0) {
      throw new IllegalStateException(
          "%s is a token of the prompt, which passes in step 0; in step %d only the newest passes,"
                  .formatted(what, step)
              + " token(-1). To find the prompt's tokens among the keys of a pattern, ask the trace of"
              + " step 0");
    }
    return places;
  }
}
