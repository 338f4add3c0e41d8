package dev.microtome.models;

import dev.microtome.nn.Dropout;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Tensor;

/// A block of a network: attention and an MLP, each of which adds to the residual stream. Every
/// architecture has these parts under names of its own; here they have common ones.
///
/// ```java
/// Tensor pattern = lm.trace(prompt, t -> t.at(block.pattern()).output());
/// ```
public abstract class TransformerBlock extends Layer<BlockInput, Tensor> {
  /// What moves information between tokens; its output is what it adds to the stream.
  public abstract Layer<BlockInput, Tensor> attention();

  /// What works on each token; its output is what it adds to the stream.
  public abstract Layer<Tensor, Tensor> mlp();

  /// The place the queries pass through, (batch, heads, tokens, head width).
  public abstract Slot<Tensor, Tensor> queries();

  /// The place the keys of this run's tokens pass through, (batch, key heads, tokens, head width).
  public abstract Slot<Tensor, Tensor> keys();

  /// The place the values of this run's tokens pass through, shaped like the keys.
  public abstract Slot<Tensor, Tensor> values();

  /// The place the attention pattern passes through, (batch, heads, tokens, all tokens): how much
  /// each token takes from each other.
  public abstract Slot<Tensor, Tensor> pattern();

  /// What joins the heads: its input holds their results side by side, (batch, tokens, heads × head
  /// width).
  public abstract Slot<Tensor, Tensor> join();

  /// How many attention heads there are.
  public abstract int heads();

  /// How many heads of keys and values there are; where they are fewer than the heads, neighbours
  /// share one.
  public int keyHeads() {
    return heads();
  }

  /// One head, to be read and edited in a trace.
  public final Head head(int index) {
    return new Head(this, index);
  }

  /// Whether nobody looks at what passes through the place of the pattern, nor changes it: then
  /// libtorch need not write it out.
  static boolean isUnseen(Slot<Tensor, Tensor> pattern) {
    return pattern.get() instanceof Dropout dropout
        && !dropout.isHooked()
        && !(dropout.isTraining() && dropout.p() > 0);
  }
}
