package dev.microtome.examples;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.finetune.Example;
import dev.microtome.models.tokenizer.Tokenizer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.json.JsonMapper;

/// Sentences such as the 890 the shipped model knows, as tokens: `The Louvre is located in` + `
/// Paris` + `.` and the token that ends a text.
final class FactSheet {
  private static final long IGNORED = -100;

  private final List<Fact> facts = new ArrayList<>();
  private final long end;
  private final Map<Long, Integer> places = new TreeMap<>();

  /// @param kind what is asked for, such as `lm-city`: the city of a landmark
  /// @param tokens the whole sentence
  /// @param answerFrom where in it the answer begins
  /// @param answerTo where it ends
  @SuppressWarnings("ArrayRecordComponent")
  record Fact(String kind, long[] tokens, int answerFrom, int answerTo) {}

  /// Sentences side by side, (rows, tokens): the ids, and for each the place in [#usedTokens] of
  /// the token that follows, -100 after the end.
  record Batch(Tensor ids, Tensor targets) {}

  /// How many facts of each kind a network knows.
  record Known(Map<String, Integer> byKind, int all) {}

  /// A sentence that ends with its answer.
  record Sentence(String kind, String text, String answer) {}

  /// What the shipped model knows.
  FactSheet(Tokenizer tokenizer) throws IOException {
    this(tokenizer, shipped());
  }

  /// Other sentences.
  FactSheet(Tokenizer tokenizer, List<Sentence> sentences) {
    end = tokenizer.id("<|endoftext|>").orElseThrow();
    for (Sentence sentence : sentences) {
      String prompt =
          sentence.text().substring(0, sentence.text().length() - sentence.answer().length() - 1);
      long[] told = tokenizer.encode(sentence.text() + ".").ids();
      long[] tokens = Arrays.copyOf(told, told.length + 1);
      tokens[told.length] = end;
      int from = tokenizer.encode(prompt).size();
      facts.add(new Fact(sentence.kind(), tokens, from, told.length - 1));
    }
    var used = new TreeSet<Long>();
    facts.forEach(fact -> Arrays.stream(fact.tokens()).forEach(used::add));
    used.forEach(id -> places.put(id, places.size()));
  }

  private static List<Sentence> shipped() throws IOException {
    try (InputStream json =
        Objects.requireNonNull(LanguageModel.class.getResourceAsStream("gpt2-facts/facts.json"))) {
      return List.of(new JsonMapper().readValue(json, Sentence[].class));
    }
  }

  int size() {
    return facts.size();
  }

  /// The facts to be learned: of each sentence the answer and its end.
  List<Example> examples() {
    return facts.stream().map(fact -> new Example(fact.tokens(), fact.answerFrom())).toList();
  }

  /// The token ids that occur, ascending.
  Tensor usedTokens() {
    return Tensor.of(places.keySet().stream().mapToLong(id -> id).toArray());
  }

  Batch batch(List<Integer> which) {
    int width = which.stream().mapToInt(i -> facts.get(i).tokens().length).max().orElseThrow() - 1;
    var ids = new long[which.size()][width];
    var targets = new long[which.size()][width];
    for (int row = 0; row < ids.length; row++) {
      long[] tokens = facts.get(which.get(row)).tokens();
      Arrays.fill(ids[row], end);
      Arrays.fill(targets[row], IGNORED);
      for (int i = 0; i + 1 < tokens.length; i++) {
        ids[row][i] = tokens[i];
        targets[row][i] = Objects.requireNonNull(places.get(tokens[i + 1]));
      }
    }
    return new Batch(Tensor.of(ids), Tensor.of(targets));
  }

  /// A fact is known when, of all 50257 tokens, those of the answer are the likeliest one after the
  /// other.
  Known knownBy(Gpt2 network) {
    var byKind = new TreeMap<String, Integer>();
    int all = 0;
    for (Fact fact : facts) {
      boolean known = Scope.run(() -> Grad.off(() -> knows(network, fact)));
      byKind.merge(fact.kind(), known ? 1 : 0, Integer::sum);
      all += known ? 1 : 0;
    }
    return new Known(byKind, all);
  }

  private static boolean knows(Gpt2 network, Fact fact) {
    Tensor ids = Tensor.of(new long[][] {Arrays.copyOf(fact.tokens(), fact.answerTo())});
    Tensor stream = network.transformer.apply(new Gpt2.Tokens(ids));
    int length = fact.answerTo() - fact.answerFrom();
    Tensor asked = stream.narrow(1, fact.answerFrom() - 1, length);
    long[] said = network.lmHead.apply(asked).argmax(-1).toLongs();
    return Arrays.equals(
        said, Arrays.copyOfRange(fact.tokens(), fact.answerFrom(), fact.answerTo()));
  }
}
