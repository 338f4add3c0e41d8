package dev.microtome.quant;

import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The weight on its grid as evaluation computed it last, good for as long as everything it was
/// made from is the same tensors in the same version. Optimizers, loading, setting a scale, writing
/// into a weight: all of them exchange a tensor or count its version up.
@SuppressWarnings("ReferenceEquality") // "the same tensor", not "equal"
final class WeightCache {
  private volatile @Nullable Entry entry;

  private record Source(Tensor tensor, long version) {
    static @Nullable Source of(Tensor tensor) {
      return tensor instanceof DenseTensor dense ? new Source(tensor, dense.version()) : null;
    }

    boolean isStill(Tensor other) {
      return tensor == other && other instanceof DenseTensor dense && dense.version() == version;
    }
  }

  /// @param own value and scale, which the user of an earlier call may have written into
  private record Entry(List<Source> sources, List<Source> own, QuantTensor result) {}

  /// What was remembered; null when there is nothing that is still true, or a gradient is wanted.
  @Nullable QuantTensor get(List<Tensor> sources) {
    Entry known = entry;
    return known != null
            && isPlain(sources)
            && areStill(known.sources(), sources)
            && areStill(known.own(), List.of(known.result().value(), known.result().scale()))
        ? handed(known.result())
        : null;
  }

  /// Remembers `result`, made from these tensors as they are now.
  ///
  /// @return it, such that it may be closed
  QuantTensor put(List<Tensor> sources, QuantTensor result) {
    List<Source> from = versions(sources);
    List<Source> own = versions(List.of(result.value(), result.scale()));
    if (!isPlain(sources) || from == null || own == null) {
      entry = null;
      return result;
    }
    result.value().save();
    result.scale().save();
    entry = new Entry(from, own, result);
    return handed(result);
  }

  void forget() {
    entry = null;
  }

  private static QuantTensor handed(QuantTensor result) {
    return result.with(result.value().detach());
  }

  private static boolean isPlain(List<Tensor> sources) {
    return !Grad.isEnabled() || sources.stream().noneMatch(Tensor::requiresGrad);
  }

  private static boolean areStill(List<Source> then, List<Tensor> now) {
    if (then.size() != now.size()) {
      return false;
    }
    for (int i = 0; i < now.size(); i++) {
      if (!then.get(i).isStill(now.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static @Nullable List<Source> versions(List<Tensor> tensors) {
    var all = new ArrayList<Source>();
    for (Tensor tensor : tensors) {
      Source source = Source.of(tensor);
      if (source == null) {
        return null;
      }
      all.add(source);
    }
    return all;
  }
}
