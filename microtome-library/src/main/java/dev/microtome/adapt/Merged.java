package dev.microtome.adapt;

import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.Slot;
import dev.microtome.nn.StandIns;
import dev.microtome.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/// Adapters that were put into the weights. It keeps the layers that were replaced, so that [#undo]
/// brings back every number; let go of it to free them.
public final class Merged {
  private final Map<Slot<Tensor, Tensor>, AdaptedLinear> before;
  private final Runnable standIns;

  private Merged(Map<Slot<Tensor, Tensor>, AdaptedLinear> before, Runnable standIns) {
    this.before = before;
    this.standIns = standIns;
  }

  static Merged of(Layer<?, ?> network, Function<AdaptedLinear, Layer<Tensor, Tensor>> merge) {
    var before = new LinkedHashMap<Slot<Tensor, Tensor>, AdaptedLinear>();
    LinearPlaces.of(network)
        .values()
        .forEach(slot -> {
          if (slot.get() instanceof AdaptedLinear adapted) {
            before.put(slot, adapted);
          }
        });
    var after = new LinkedHashMap<Slot<Tensor, Tensor>, Layer<Tensor, Tensor>>();
    before.forEach((slot, adapted) -> after.put(slot, merge.apply(adapted).freeze()));
    Runnable standIns = StandIns.of(network).settle();
    after.forEach(Slot::set);
    return new Merged(before, standIns);
  }

  /// How many layers were merged.
  public int layers() {
    return before.size();
  }

  /// Puts the layers with their adapters back.
  public void undo() {
    before.forEach(Slot::set);
    standIns.run();
  }
}
