package dev.microtome.models.interpret;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.NextToken;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/// What a network would say at each depth: the residual stream after the embeddings and after each
/// block, read with the network's own final norm and head (nostalgebraist 2020).
///
/// @param prompt the text
/// @param tokens its tokens as text, in order
/// @param layers the embeddings, then the blocks; the last says what the network says
public record LogitLens(String prompt, List<String> tokens, List<Row> layers) {
  /// One depth.
  ///
  /// @param path the layer whose output was read, such as `transformer.h.3`
  /// @param label the same for people: `embeddings`, `block 3`
  /// @param beliefs for each token of the prompt, what is expected to follow it
  public record Row(String path, String label, List<Belief> beliefs) {}

  /// What is expected next.
  ///
  /// @param top the likeliest tokens, likeliest first
  /// @param entropy of the whole distribution, in nats: 0 is certainty
  public record Belief(List<NextToken> top, double entropy) {}

  public LogitLens {
    tokens = List.copyOf(tokens);
    layers = List.copyOf(layers);
  }

  /// Looks at a prompt with one traced run, keeping the `k` likeliest tokens everywhere.
  public static LogitLens of(LanguageModel<?> lm, String prompt, int k) {
    return of(lm, prompt, k, _ -> {});
  }

  /// The same; `onLayer` hears the index of each row of [#layers] once it is known.
  public static LogitLens of(LanguageModel<?> lm, String prompt, int k, IntConsumer onLayer) {
    CausalNetwork network = lm.network();
    if (k < 1 || k > network.vocabulary()) {
      throw new IllegalArgumentException(
          "k must be within 1 and %d, got %d".formatted(network.vocabulary(), k));
    }
    long[] ids = lm.encode(prompt);
    return Grad.off(() ->
        Scope.run(() -> {
          List<Layer<?, Tensor>> depths = depths(network);
          List<Tensor> streams =
              lm.trace(ids, t -> depths.stream().map(layer -> t.at(layer).output()).toList());
          var rows = new ArrayList<Row>();
          for (int depth = 0; depth < depths.size(); depth++) {
            Tensor stream = streams.get(depth);
            rows.add(
                new Row(
                    Depths.path(network, depths.get(depth)),
                    depth == 0 ? "embeddings" : "block " + (depth - 1),
                    Scope.run(() -> beliefs(lm, stream, k))));
            onLayer.accept(depth);
          }
          var tokens = new ArrayList<String>();
          for (long id : ids) {
            tokens.add(lm.text(id));
          }
          return new LogitLens(prompt, tokens, rows);
        }));
  }

  /// What the network expects after the whole prompt, likeliest first.
  public List<NextToken> prediction() {
    return layers.getLast().beliefs().getLast().top();
  }

  /// The first of [#layers] from which on the best guess at a token stays the final one.
  public int settledAt(int token) {
    int depth = layers.size() - 1;
    long answer = best(depth, token);
    while (depth > 0 && best(depth - 1, token) == answer) {
      depth--;
    }
    return depth;
  }

  private long best(int depth, int token) {
    return layers.get(depth).beliefs().get(token).top().getFirst().id();
  }

  private static List<Layer<?, Tensor>> depths(CausalNetwork network) {
    var depths = new ArrayList<Layer<?, Tensor>>();
    depths.add(network.embedded().get());
    depths.addAll(network.blocks());
    return depths;
  }

  private static List<Belief> beliefs(LanguageModel<?> lm, Tensor stream, int k) {
    CausalNetwork network = lm.network();
    Tensor logits = network.head().apply(network.finalNorm().apply(stream)).squeeze(0); // (T, V)
    Tensor logs = logits.to(DType.FLOAT32).logSoftmax(-1);
    float[] entropies = logs.exp().mul(logs).sum(-1).neg().toFloats();
    var top = logs.topk(k, -1);
    float[] values = top.values().exp().toFloats();
    long[] ids = top.indices().toLongs();
    var beliefs = new ArrayList<Belief>();
    for (int token = 0; token < entropies.length; token++) {
      var likeliest = new ArrayList<NextToken>();
      for (int i = token * k; i < (token + 1) * k; i++) {
        likeliest.add(new NextToken(ids[i], lm.text(ids[i]), values[i]));
      }
      beliefs.add(new Belief(List.copyOf(likeliest), Math.max(0, entropies[token])));
    }
    return beliefs;
  }
}
