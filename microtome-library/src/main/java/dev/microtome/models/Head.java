package dev.microtome.models;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Trace;

/// One attention head of a block as a trace sees it. What it gives are views: written to in place,
/// they change this head and no other.
///
/// ```java
/// Head head = lm.network().blocks().get(3).head(5);
/// Tensor without = lm.trace(prompt, t -> { head.output(t).at(":").set(0); return … });
/// ```
///
/// @param index which head, from 0
public record Head(TransformerBlock block, int index) {
  public Head {
    if (index < 0 || index >= block.heads()) {
      throw new IllegalArgumentException(
          "this block has %d attention heads, 0 to %d; there is no head %d"
              .formatted(block.heads(), block.heads() - 1, index));
    }
  }

  /// Which of the block's key heads it uses; several heads may share one.
  public int keyHead() {
    return index / (block.heads() / block.keyHeads());
  }

  /// Its queries, (batch, tokens, head width).
  public Tensor query(Trace t) {
    return t.at(block.queries()).output().select(1, index);
  }

  /// The keys it compares them with, (batch, tokens, head width); those of all heads that share
  /// them.
  public Tensor key(Trace t) {
    return t.at(block.keys()).output().select(1, keyHead());
  }

  /// The values it moves, shaped like the keys and shared likewise.
  public Tensor value(Trace t) {
    return t.at(block.values()).output().select(1, keyHead());
  }

  /// How much each token takes from each other, (batch, tokens, all tokens).
  public Tensor pattern(Trace t) {
    return t.at(block.pattern()).output().select(1, index);
  }

  /// What it found, (batch, tokens, head width), before the heads are joined.
  public Tensor output(Trace t) {
    return apart(t.at(block.join()).input()).select(2, index);
  }

  /// What it adds to the residual stream, (batch, tokens, width): its output through its share of
  /// the join, without the bias. A value to read, not a view.
  public Tensor contribution(Trace t) {
    Layer<Tensor, Tensor> join = block.join().get();
    Tensor apart = apart(t.at(block.join()).input()); // (batch, tokens, heads, head width)
    Tensor others = Tensor.arange(block.heads()).ne(index).unsqueeze(1);
    Tensor own = join.apply(apart.maskedFill(others, 0).flatten(2, 3));
    Tensor nothing =
        join.apply(apart.maskedFill(others.logicalOr(others.logicalNot()), 0).flatten(2, 3));
    return own.sub(nothing);
  }

  private Tensor apart(Tensor joined) {
    return joined.unflatten(2, block.heads(), -1);
  }
}
