package dev.microtome.models.interpret;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.TransformerBlock;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Where each attention head looks, from every token of a prompt.
///
/// @param prompt what was read
/// @param layers the blocks in order
public record AttentionPatterns(Prompt prompt, List<Layer> layers) {
  /// One block.
  ///
  /// @param label `block 0`, …
  public record Layer(String label, List<Head> heads) {
    public Layer {
      heads = List.copyOf(heads);
    }
  }

  /// One head.
  ///
  /// @param weights for each token how much it takes from each token; every row sums to 1
  public record Head(List<List<Float>> weights) {
    public Head {
      weights = weights.stream().map(List::copyOf).toList();
    }

    /// How much token `from` takes from token `to`.
    public float weight(int from, int to) {
      return weights.get(from).get(to);
    }

    /// The `k` tokens that token `from` takes most from, those first.
    public List<Integer> most(int from, int k) {
      return IntStream.rangeClosed(0, from)
          .boxed()
          .sorted(Comparator.comparingDouble((Integer to) -> -weight(from, to)))
          .limit(k)
          .toList();
    }
  }

  public AttentionPatterns {
    layers = List.copyOf(layers);
  }

  /// Reads all patterns in one traced run.
  public static AttentionPatterns of(LanguageModel<?> lm, String text) {
    return of(lm, Prompt.of(lm, text));
  }

  /// The same for a prompt that is tokens already.
  public static AttentionPatterns of(LanguageModel<?> lm, Prompt prompt) {
    List<? extends TransformerBlock> blocks = lm.network().blocks();
    return Grad.off(() ->
        Scope.run(() -> {
          List<Tensor> patterns =
              lm.trace(
                  prompt.array(),
                  t -> blocks.stream().map(block -> t.at(block.pattern()).output()).toList());
          var layers = new ArrayList<Layer>();
          for (Tensor pattern : patterns) {
            layers.add(new Layer("block " + layers.size(), heads(pattern.squeeze(0))));
          }
          return new AttentionPatterns(prompt, layers);
        }));
  }

  public Head head(int layer, int head) {
    return layers.get(layer).heads().get(head);
  }

  private static List<Head> heads(Tensor pattern) { // (H, T, T)
    int tokens = (int) pattern.size(1);
    float[] all = pattern.to(DType.FLOAT32).toFloats();
    var heads = new ArrayList<Head>();
    for (int head = 0; head < pattern.size(0); head++) {
      var rows = new ArrayList<List<Float>>();
      for (int from = 0; from < tokens; from++) {
        int start = (head * tokens + from) * tokens;
        rows.add(IntStream.range(start, start + tokens).mapToObj(i -> all[i]).toList());
      }
      heads.add(new Head(rows));
    }
    return heads;
  }
}
