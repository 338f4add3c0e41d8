package dev.microtome.models.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tokens by id and ids by token: those of the model, and those added to them.
final class Vocabulary {
  /// Above every vocabulary there is; an id past it is an error in the file.
  static final int MAX_ID = 1 << 24;

  private final Map<String, Integer> model;
  private final Map<String, Integer> added = new HashMap<>();
  private @Nullable String[] tokens;
  private int size;

  Vocabulary(Map<String, Integer> model) {
    this.model = model;
    this.tokens = new String[model.size()];
    model.forEach(this::place);
  }

  private void place(String token, int id) {
    if (id >= tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(id + 1, Math.min(MAX_ID, tokens.length * 3 / 2)));
    }
    tokens[id] = token;
    size++;
  }

  /// Adds a token; one the model has already keeps its id.
  void add(String token, int id) {
    added.put(token, id);
    if (!model.containsKey(token)) {
      place(token, id);
    }
  }

  /// The id of a token of the model, or -1.
  int modelId(String token) {
    Integer id = model.get(token);
    return id == null ? -1 : id;
  }

  /// The id of any token, or -1.
  int id(String token) {
    Integer id = added.get(token);
    return id == null ? modelId(token) : id;
  }

  boolean has(long id) {
    return id >= 0 && id < tokens.length && tokens[(int) id] != null;
  }

  String token(long id) {
    String token = id >= 0 && id < tokens.length ? tokens[(int) id] : null;
    if (token == null) {
      throw new IllegalArgumentException(
          "no token has the id " + id + "; the vocabulary has " + size + " tokens");
    }
    return token;
  }

  int size() {
    return size;
  }
}
