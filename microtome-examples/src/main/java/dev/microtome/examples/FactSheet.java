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
  private static final int TOGETHER = 64;

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
    for (int from = 0; from < facts.size(); from += TOGETHER) {
      List<Fact> some = facts.subList(from, Math.min(facts.size(), from + TOGETHER));
      long[] said = Scope.run(() -> Grad.off(() -> said(network, some)));
      int at = 0;
      for (Fact fact : some) {
        int length = fact.answerTo() - fact.answerFrom();
        long[] answer = Arrays.copyOfRange(fact.tokens(), fact.answerFrom(), fact.answerTo());
        boolean known = Arrays.equals(answer, 0, length, said, at, at + length);
        byKind.merge(fact.kind(), known ? 1 : 0, Integer::sum);
        all += known ? 1 : 0;
        at += length;
      }
    }
    return new Known(byKind, all);
  }

  /// The likeliest tokens in the places of the answers, one fact's after the other's.
  private long[] said(Gpt2 network, List<Fact> some) {
    int width = some.stream().mapToInt(Fact::answerTo).max().orElse(0);
    var ids = new long[some.size()][width];
    var places = new ArrayList<Long>();
    for (int row = 0; row < ids.length; row++) {
      Fact fact = some.get(row);
      Arrays.fill(ids[row], end);
      System.arraycopy(fact.tokens(), 0, ids[row], 0, fact.answerTo());
      for (int i = fact.answerFrom() - 1; i < fact.answerTo() - 1; i++) {
        places.add((long) row * width + i);
      }
    }
    Tensor asked = Tensor.of(places.stream().mapToLong(place -> place).toArray());
    Tensor stream = network.transformer.apply(new Gpt2.Tokens(Tensor.of(ids))).flatten(0, 1);
    return network.lmHead.apply(stream.indexSelect(0, asked)).argmax(-1).toLongs();
  }
}
