package dev.microtome.models;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// The calls of a network that a greedy or sampled generation makes, one `next()` each, with shapes
/// instead of numbers.
final class GenerationShapes implements Iterator<CausalNetwork.Output> {
  private final CausalNetwork network;
  private final Tensor ids;
  private final @Nullable Tensor mask;
  private final long limit;
  private final boolean caches;
  private @Nullable KvCache past;
  private long length;

  GenerationShapes(CausalNetwork network, TokenBatch prompts, long limit, boolean caches) {
    this.network = network;
    this.ids = prompts.ids();
    this.mask = prompts.mask(prompts.width());
    this.limit = limit;
    this.caches = caches;
    this.length = ids.size(1);
  }

  @Override
  public boolean hasNext() {
    return length < limit;
  }

  @Override
  public CausalNetwork.Output next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the generation ends here");
    }
    long rows = ids.size(0);
    Tensor fed = ShapeOnly.of(new Shape(rows, past == null ? length : 1), ids.dtype());
    @Nullable Tensor seen =
        mask == null ? null : ShapeOnly.of(new Shape(rows, length), mask.dtype());
    var out = network.apply(new CausalNetwork.Input(fed, seen, null, past, 1));
    past = caches ? out.cache() : null;
    length++;
    return out;
  }
}
