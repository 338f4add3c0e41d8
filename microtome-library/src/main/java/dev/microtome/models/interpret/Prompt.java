package dev.microtome.models.interpret;

import dev.microtome.models.LanguageModel;
import java.util.ArrayList;
import java.util.List;

/// A text as a model reads it.
///
/// @param text the text
/// @param ids its tokens' ids
/// @param tokens the same as text
public record Prompt(String text, List<Long> ids, List<String> tokens) {
  public Prompt {
    ids = List.copyOf(ids);
    tokens = List.copyOf(tokens);
  }

  public static Prompt of(LanguageModel<?> lm, String text) {
    var ids = new ArrayList<Long>();
    var tokens = new ArrayList<String>();
    for (long id : lm.encode(text)) {
      ids.add(id);
      tokens.add(lm.text(id));
    }
    return new Prompt(text, ids, tokens);
  }

  /// How many tokens it has.
  public int size() {
    return ids.size();
  }

  long[] array() {
    return ids.stream().mapToLong(Long::longValue).toArray();
  }
}
