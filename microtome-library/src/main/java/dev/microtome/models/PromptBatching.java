package dev.microtome.models;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Batching;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Prompts side by side in one batch, the shorter ones padded on the left and masked there.
final class PromptBatching implements Batching<CausalNetwork.Input> {
  private final long pad;

  PromptBatching(long pad) {
    this.pad = pad;
  }

  @Override
  public CausalNetwork.Input join(List<CausalNetwork.Input> inputs) {
    long width = inputs.stream().mapToLong(in -> in.ids().size(1)).max().orElse(0);
    boolean even = inputs.stream().allMatch(in -> in.ids().size(1) == width && in.mask() == null);
    for (CausalNetwork.Input input : inputs) {
      if (input.past() != null || input.positions() != null) {
        throw new IllegalArgumentException(
            "inputs with a cache or positions of their own can't share a batch; trace them alone");
      }
    }
    Tensor ids = Tensor.cat(inputs.stream().map(in -> padded(in.ids(), width, pad)).toList(), 0);
    @Nullable Tensor mask =
        even ? null : Tensor.cat(inputs.stream().map(in -> padded(mask(in), width, 0)).toList(), 0);
    return new CausalNetwork.Input(ids, mask);
  }

  @Override
  public long rows(CausalNetwork.Input input) {
    return input.ids().size(0);
  }

  private static Tensor mask(CausalNetwork.Input input) {
    Tensor mask = input.mask();
    return mask == null
        ? Tensor.ones(new Shape(input.ids().size(0), input.ids().size(1)), DType.INT64)
        : mask;
  }

  private static Tensor padded(Tensor rows, long width, long value) {
    return rows.pad(new long[] {width - rows.size(1), 0}, value);
  }
}
