package dev.microtome.models;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A network that gives, for every token of a sequence, a score to each token that could follow.
/// All of them are built alike, an embedding, blocks that add to a residual stream, a norm and a
/// head, so generation and lenses need to know no architecture.
public abstract class CausalNetwork extends Layer<CausalNetwork.Input, CausalNetwork.Output> {
  /// Token ids with what belongs to them.
  ///
  /// @param ids whole numbers (batch, tokens)
  /// @param mask (batch, tokens of the cache and of `ids`): 0 where a token is padding; null when
  ///   there is none
  /// @param positions (batch, tokens); null to count the tokens that are not padding
  /// @param past the cache of the tokens before `ids`, or null
  /// @param lastLogits for how many tokens at the end logits are wanted; 0 for all
  public record Input(
      Tensor ids,
      @Nullable Tensor mask,
      @Nullable Tensor positions,
      @Nullable KvCache past,
      int lastLogits) {
    public Input(Tensor ids) {
      this(ids, null);
    }

    public Input(Tensor ids, @Nullable Tensor mask) {
      this(ids, mask, null, null, 0);
    }

    public Input(
        Tensor ids, @Nullable Tensor mask, @Nullable Tensor positions, @Nullable KvCache past) {
      this(ids, mask, positions, past, 0);
    }
  }

  /// What a run gives.
  ///
  /// @param logits (batch, tokens, vocabulary)
  /// @param cache to be given as `past` together with the tokens that follow
  public record Output(Tensor logits, KvCache cache) {}

  /// Most tokens of one sequence.
  public abstract int context();

  /// How many token ids there are.
  public abstract int vocabulary();

  /// The layer whose output is the residual stream before the first block.
  public abstract Slot<Tensor, Tensor> embedded();

  /// The blocks in order; each one's output is the residual stream after it.
  public abstract List<? extends TransformerBlock> blocks();

  /// The norm between the last block and the head.
  public abstract Slot<Tensor, Tensor> finalNorm();

  /// From the normed stream to logits.
  public abstract Slot<Tensor, Tensor> head();

  /// Refuses sequences that can't be run, by their shapes alone.
  final void check(Input in) {
    if (in.ids().dim() != 2 || in.ids().numel() == 0) {
      throw new IllegalArgumentException(
          "token ids must be (batch, tokens) with at least one token, got %s"
              .formatted(in.ids().shape()));
    }
    long past = in.past() == null ? 0 : in.past().length();
    long all = past + in.ids().size(1);
    if (all > context()) {
      throw new IllegalArgumentException(
          "%d tokens are more than this model's context of %d; shorten the text by %d"
              .formatted(all, context(), all - context()));
    }
    Tensor mask = in.mask();
    if (mask != null && (mask.dim() != 2 || mask.size(1) != all)) {
      throw new IllegalArgumentException(
          "the mask must be (batch, %d), one number for each token of cache and input, got %s"
              .formatted(all, mask.shape()));
    }
  }
}
