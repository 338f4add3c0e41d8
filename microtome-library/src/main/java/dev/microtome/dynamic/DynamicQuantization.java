package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Exchanges layers for ones with quantized weights: PyTorch's `quantize_dynamic`.
///
/// ```java
/// var quantized = DynamicQuantization.of(model, Set.of(Lstm.class, Linear.class), DType.QINT8);
/// ```
///
/// The model itself is not changed: the result is a copy in evaluation mode that has its own
/// numbers where nothing was quantized. [#inPlace] exchanges layer after layer instead and never
/// needs more memory than one of them. What was named and stayed as it was is logged; [#apply] and
/// [#inPlace] say it for every layer.
public final class DynamicQuantization {
  private static final Logger LOG = LoggerFactory.getLogger(DynamicQuantization.class);

  private final Layer<?, ?> root;
  private final DynamicSpec spec;
  private final EngineChoice engines;
  private final IdentityHashMap<Layer<?, ?>, Exchange> exchanges = new IdentityHashMap<>();
  private final List<Outcome> outcomes = new ArrayList<>();

  private DynamicQuantization(Layer<?, ?> root, DynamicSpec spec) {
    this.root = root;
    this.spec = spec;
    this.engines = new EngineChoice(spec.engine());
  }

  /// The copy of `model` in which the layers of these types (`Class`) and at these paths (`String`)
  /// are quantized.
  ///
  /// @throws IllegalArgumentException when a layer can't be: an embedding to qint8, weights with
  ///   NaN or infinity, the model itself being the layer
  public static <L extends Layer<?, ?>> L of(L model, Set<?> layers, DType dtype) {
    return apply(model, DynamicSpec.of(layers, dtype)).network();
  }

  /// The copy of `model` in which what PyTorch quantizes to `dtype` by default is.
  public static <L extends Layer<?, ?>> L of(L model, DType dtype) {
    return apply(model, DynamicSpec.of(dtype)).network();
  }

  /// The copy of `model` that `spec` describes, and what became of each layer.
  public static <L extends Layer<?, ?>> Quantized<L> apply(L model, DynamicSpec spec) {
    var work = new DynamicQuantization(model, spec);
    var instead = new LinkedHashMap<String, Layer<?, ?>>();
    work.run((path, slot, layer) -> instead.put(path, layer));
    @SuppressWarnings("unchecked") // a copy has the class of its original
    L copy = (L) model.copyWith(instead);
    copy.eval();
    return new Quantized<>(copy, work.outcomes);
  }

  /// Quantizes `model` itself, layer after layer; each float layer can be freed as soon as its
  /// successor is there.
  public static <L extends Layer<?, ?>> Quantized<L> inPlace(L model, DynamicSpec spec) {
    var work = new DynamicQuantization(model, spec);
    work.run((_, slot, layer) -> put(slot, layer));
    model.eval();
    return new Quantized<>(model, work.outcomes);
  }

  /// The quantized form of one layer, or null when it has none.
  ///
  /// @throws IllegalArgumentException as [#of], with the path
  public static @Nullable Layer<?, ?> layer(String path, Layer<?, ?> layer, DynamicConfig config) {
    return Exchange.of(path, layer, config, new EngineChoice(null)) instanceof Exchange.Put put
        ? put.layer()
        : null;
  }

  @FunctionalInterface
  private interface Place {
    void put(String path, Slot<?, ?> slot, Layer<?, ?> layer);
  }

  @SuppressWarnings("unchecked") // a quantized layer has the function type of the one it replaces
  private static <I, O> void put(Slot<I, O> slot, Layer<?, ?> layer) {
    slot.set((Layer<I, O>) layer);
  }

  private void run(Place place) {
    Map<String, Slot<?, ?>> slots = root.namedSlots();
    spec.rules()
        .forEach(
            root, (path, layer, config) -> decide(path, layer, config, slots.get(path), place));
  }

  private void decide(
      String path,
      Layer<?, ?> layer,
      @Nullable DynamicConfig config,
      @Nullable Slot<?, ?> slot,
      Place place) {
    long before = Outcome.bytesOf(layer);
    if (config == null) {
      if (before > 0) outcomes.add(Outcome.left(path, layer, "was not named"));
      return;
    }
    Exchange exchange = exchange(path, layer, config, slot, before > 0);
    if (exchange instanceof Exchange.Put(var next, var engine) && slot != null) {
      place.put(path, slot, next);
      String numbers = config.equals(DynamicConfig.QINT4) ? "4 bits" : config.dtype().toString();
      String how = numbers + (config.perChannel() ? " per row" : "");
      String on = engine == null ? "" : " on " + engine.name().toLowerCase(Locale.ROOT);
      outcomes.add(Outcome.put(path, layer, how + on, next));
    } else if (exchange instanceof Exchange.Leave(var reason) && before > 0) {
      LOG.info("layer '{}' stays as it is: {}", path, reason);
      outcomes.add(Outcome.left(path, layer, reason));
    }
  }

  /// A layer that sits in several places is quantized once.
  private Exchange exchange(
      String path,
      Layer<?, ?> layer,
      DynamicConfig config,
      @Nullable Slot<?, ?> slot,
      boolean hasWeights) {
    if (slot != null) {
      Exchange known = exchanges.get(layer);
      Exchange exchange = known == null ? Exchange.of(path, layer, config, engines) : known;
      exchanges.put(layer, exchange);
      return exchange;
    }
    if (!path.isEmpty() || !hasWeights) {
      return new Exchange.Leave("is a child that stays; only slots are exchanged");
    }
    throw new IllegalArgumentException(
        ("the model is a %s itself, and only layers inside a model are exchanged; put it into a"
                + " Sequential, or make its quantized form directly (DynamicLinear.of and others)")
            .formatted(Outcome.kindOf(layer)));
  }
}
