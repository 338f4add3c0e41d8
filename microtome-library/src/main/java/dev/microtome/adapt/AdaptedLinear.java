package dev.microtome.adapt;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.NearNames;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A linear layer with adapters beside it, by name; those that are active add to its output, each
/// for itself (PEFT lets a second DoRA work on what the first one made).
public final class AdaptedLinear extends Layer<Tensor, Tensor> implements LinearLike {
  private final Slot<Tensor, Tensor> base;
  private final Map<String, LowRank> adapters;
  private List<String> active;

  /// @param base a layer that is [LinearLike]
  /// @param adapters by name; all are active
  /// @throws IllegalArgumentException when the base is not linear or an adapter does not fit it
  public AdaptedLinear(Layer<Tensor, Tensor> base, Map<String, LowRank> adapters) {
    if (!(base instanceof LinearLike linear) || base instanceof AdaptedLinear) {
      throw new IllegalArgumentException(
          "adapters go beside a linear layer, not beside " + base.getClass().getSimpleName());
    }
    adapters.forEach((name, adapter) -> check(name, adapter, linear));
    this.base = slot("base_layer", base);
    this.adapters = new LinkedHashMap<>();
    adapters.forEach((name, adapter) -> this.adapters.put(name, child(name, adapter)));
    active = List.copyOf(adapters.keySet());
  }

  static void check(String name, LowRank adapter, LinearLike base) {
    long in = adapter.matrixA().size(1);
    long out = adapter.matrixB().size(0);
    if (in != base.inFeatures() || out != base.outFeatures()) {
      throw new IllegalArgumentException(
          "adapter '%s' is for a layer from %d to %d numbers, this one goes from %d to %d"
              .formatted(name, in, out, base.inFeatures(), base.outFeatures()));
    }
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor y = base.apply(x);
    if (active.size() == 1) {
      return adapter(active.getFirst()).adapted(x, y, base());
    }
    Tensor sum = y;
    for (String name : active) {
      sum = sum.add(adapter(name).added(x, y, base()));
    }
    return sum;
  }

  /// The layer the adapters are beside.
  public LinearLike base() {
    return (LinearLike) base.get();
  }

  /// The place the base sits in.
  public Slot<Tensor, Tensor> basePlace() {
    return base;
  }

  /// The adapters by name.
  public Map<String, LowRank> adapters() {
    return Collections.unmodifiableMap(adapters);
  }

  /// The adapter of a name.
  ///
  /// @throws IllegalArgumentException when there is none; near names are suggested
  public LowRank adapter(String name) {
    LowRank found = adapters.get(name);
    if (found == null) {
      throw new IllegalArgumentException(
          "there is no adapter '%s'%s".formatted(name, NearNames.hint(name, adapters.keySet())));
    }
    return found;
  }

  /// Names of the adapters that are on.
  public List<String> active() {
    return active;
  }

  /// Turns just these adapters on.
  ///
  /// @throws IllegalArgumentException when there is no adapter of a name
  public void use(List<String> names) {
    names.forEach(this::adapter);
    active = List.copyOf(names);
  }

  /// The base's weight with the active adapters in it, in the base's dtype.
  @Override
  public Tensor weight() {
    Tensor plain = base().weight();
    if (active.isEmpty()) {
      return plain;
    }
    return Grad.off(() -> {
      var changes = new ArrayList<Tensor>();
      for (String name : active) {
        changes.add(adapter(name).merged(base()));
      }
      Tensor sum = changes.getFirst();
      for (Tensor other : changes.subList(1, changes.size())) {
        sum = sum.add(other).sub(plain);
      }
      DType dtype = plain.dtype();
      return sum.dtype() == dtype ? sum : sum.to(dtype);
    });
  }

  @Override
  public @Nullable Tensor bias() {
    return base().bias();
  }

  @Override
  public long inFeatures() {
    return base().inFeatures();
  }

  @Override
  public long outFeatures() {
    return base().outFeatures();
  }

  @Override
  public Layer<Tensor, Tensor> withWeight(Tensor weight) {
    return base().withWeight(weight);
  }

  @Override
  public Layer<Tensor, Tensor> floatLayer(Tensor weight) {
    return base().floatLayer(weight);
  }

  @Override
  protected AdaptedLinear twin() {
    var twins = new LinkedHashMap<String, LowRank>();
    adapters.forEach((name, adapter) -> twins.put(name, adapter.twin()));
    var any = new Linear(inFeatures(), outFeatures()); // the copy's base goes into its place
    var twin = new AdaptedLinear(any, twins);
    twin.use(active);
    return twin;
  }
}
