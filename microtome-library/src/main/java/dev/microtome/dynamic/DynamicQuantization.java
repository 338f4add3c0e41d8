package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
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
  private final Map<String, @Nullable DynamicConfig> configs = new HashMap<>();
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
    root.namedLayers()
        .forEach((path, layer) -> {
          DynamicConfig config = spec.resolve(path, layer, configs.get(parent(path)));
          configs.put(path, config);
          decide(path, layer, config, slots.get(path), place);
        });
    for (String path : spec.paths()) {
      if (!configs.containsKey(path)) LOG.warn("there is no layer '{}' to quantize", path);
    }
  }

  private static String parent(String path) {
    int dot = path.lastIndexOf('.');
    return dot < 0 ? (path.isEmpty() ? "no parent" : "") : path.substring(0, dot);
  }

  private void decide(
      String path,
      Layer<?, ?> layer,
      @Nullable DynamicConfig config,
      @Nullable Slot<?, ?> slot,
      Place place) {
    long before = ownBytes(layer);
    if (config == null) {
      if (before > 0) outcomes.add(left(path, layer, "was not named", before));
      return;
    }
    Exchange exchange = exchange(path, layer, config, slot, before > 0);
    if (exchange instanceof Exchange.Put(var next, var engine) && slot != null) {
      place.put(path, slot, next);
      String how = config.dtype() + (config.perChannel() ? " per row" : "");
      String on = engine == null ? "" : " on " + engine.name().toLowerCase(Locale.ROOT);
      long after = next instanceof DynamicLayer<?, ?, ?> dynamic ? dynamic.packed.bytes() : before;
      outcomes.add(new Outcome(path, kind(layer), true, how + on, before, after));
    } else if (exchange instanceof Exchange.Leave(var reason) && before > 0) {
      LOG.info("layer '{}' stays as it is: {}", path, reason);
      outcomes.add(left(path, layer, reason, before));
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
            .formatted(kind(layer)));
  }

  private static Outcome left(String path, Layer<?, ?> layer, String reason, long bytes) {
    return new Outcome(path, kind(layer), false, reason, bytes, bytes);
  }

  private static String kind(Layer<?, ?> layer) {
    String printed = layer.toString();
    int end = printed.indexOf('(');
    return end < 0 ? printed : printed.substring(0, end);
  }

  /// Bytes of the layer's own tensors, not those of the layers in it.
  private static long ownBytes(Layer<?, ?> layer) {
    long bytes = layer instanceof DynamicLayer<?, ?, ?> dynamic ? dynamic.packed.bytes() : 0;
    for (Map.Entry<String, Tensor> entry : layer.stateDict().entrySet()) {
      boolean own = entry.getKey().indexOf('.') < 0;
      bytes += own ? entry.getValue().numel() * entry.getValue().dtype().bytes() : 0;
    }
    return bytes;
  }
}
