package dev.microtome.models.interpret;

import dev.microtome.models.LanguageModel;
import java.util.List;

/// What each part of a network writes into the last token's residual stream, counted by what it
/// adds to a logit difference (direct logit attribution, Elhage et al. 2021). The final norm is
/// taken with the scale it has in this run, so that the shares sum up to the difference.
///
/// @param prompt what was read
/// @param difference the logit of the answer minus that of the wrong one
/// @param embeddings the share of the embeddings
/// @param blocks the shares of the blocks
/// @param biases the share of the final norm's and the head's biases
public record LogitAttribution(
    Prompt prompt, double difference, double embeddings, List<Block> blocks, double biases) {
  private static final double MOST_GAP = 1e-2;

  /// The shares of one block.
  ///
  /// @param label `block 0`, …
  /// @param attentionBias of the bias added where the heads are joined
  public record Block(String label, List<Head> heads, double attentionBias, double mlp) {
    public Block {
      heads = List.copyOf(heads);
    }

    /// The share of the block's attention.
    public double attention() {
      return attentionBias + heads.stream().mapToDouble(Head::share).sum();
    }
  }

  /// The share of one head.
  ///
  /// @param bySource the same token by token: from where the head took it
  public record Head(double share, List<Double> bySource) {
    public Head {
      bySource = List.copyOf(bySource);
    }
  }

  public LogitAttribution {
    blocks = List.copyOf(blocks);
  }

  /// Shares of the difference between a contrast's answers after its clean prompt.
  public static LogitAttribution of(LanguageModel<?> lm, Contrast contrast) {
    return of(lm, contrast.clean(), contrast.answer().id(), contrast.wrong().id());
  }

  /// Shares of the difference between two tokens' logits.
  ///
  /// @throws IllegalArgumentException when the network's blocks add more to the stream than
  ///   attention and MLP, or its final norm is not a norm with a weight
  public static LogitAttribution of(LanguageModel<?> lm, Prompt prompt, long answer, long wrong) {
    LogitAttribution shares =
        new StreamShares(lm, prompt, Score.difference(answer, wrong)).attributed();
    double scale = Math.max(1, Math.abs(shares.difference()));
    if (Math.abs(shares.gap()) > MOST_GAP * scale) {
      throw new IllegalArgumentException(
          "the shares sum up to %.4f, but the logit difference is %.4f: the blocks of this network add more to the stream than attention and MLP"
              .formatted(shares.sum(), shares.difference()));
    }
    return shares;
  }

  /// All shares together.
  public double sum() {
    return embeddings
        + biases
        + blocks.stream().mapToDouble(block -> block.attention() + block.mlp()).sum();
  }

  /// By how much the sum misses the difference: rounding.
  public double gap() {
    return sum() - difference;
  }
}
