package dev.microtome.dynamic.calibrated;

import dev.microtome.dynamic.Outcome;
import dev.microtome.dynamic.Quantized;
import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.Hook;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A copy of a network that watches its activations, between PyTorch's `prepare` and `convert`:
///
/// ```java
/// var calibration = StaticQuantization.prepare(model, StaticSpec.DEFAULT);
/// for (Tensor batch : batches) Grad.off(() -> calibration.network().apply(batch));
/// Quantized<Sequential> quantized = calibration.convert();
/// ```
///
/// Batch norms are folded into the convolutions before them from the start.
public final class Calibration<L extends Layer<?, ?>> {
  private static final Logger LOG = LoggerFactory.getLogger(Calibration.class);

  private final L network;
  private final StaticSpec spec;
  private final Map<String, Target> targets = new LinkedHashMap<>();
  private final Map<String, Outcome> others = new LinkedHashMap<>(); // by path
  private final List<String> order = new ArrayList<>();
  private final Flow flow = new Flow();
  private final List<Hook> hooks;

  @SuppressWarnings("unchecked") // a copy has the class of its original
  Calibration(L model, StaticSpec spec) {
    this.spec = spec;
    network = (L) model.copy();
    network.eval();
    Map<String, Fusion> fusions = Fusion.of(network, spec.fused());
    spec.rules()
        .forEach(
            network,
            (path, layer, config) -> {
              order.add(path);
              decide(path, layer, config, fusions.getOrDefault(path, Fusion.NONE));
            });
    hooks = new ArrayList<>(Flow.watch(network, targets.keySet(), flow));
    targets.forEach((path, target) -> watch(target, fusions.getOrDefault(path, Fusion.NONE)));
  }

  private void decide(
      String path, Layer<?, ?> layer, @Nullable StaticConfig config, Fusion fusion) {
    String norm = fusion.norm();
    String obstacle = Target.obstacle(layer, spec.engine());
    boolean wanted = config != null && slot(path) != null && obstacle == null;
    if (wanted && config != null) {
      Layer<?, ?> folded = norm == null ? layer : fold(path, layer, norm);
      targets.put(path, new Target(path, folded, config, fusion.relu()));
    } else if (!others.containsKey(path) && Outcome.bytesOf(layer) > 0) {
      String why = reason(path, layer, config, obstacle);
      if (config != null) LOG.info("layer '{}' stays as it is: {}", path, why);
      others.put(path, Outcome.left(path, layer, why));
    }
  }

  private @Nullable Slot<?, ?> slot(String path) {
    return network.namedSlots().get(path);
  }

  private static String reason(
      String path, Layer<?, ?> layer, @Nullable StaticConfig config, @Nullable String obstacle) {
    if (config == null) return "was not named";
    if (obstacle != null) return obstacle;
    if (!path.isEmpty()) return "is a child that stays; only slots are exchanged";
    throw new IllegalArgumentException(
        "the model is a %s itself, and only layers inside a model are exchanged; put it into a Sequential"
            .formatted(Outcome.kindOf(layer)));
  }

  private Layer<?, ?> fold(String path, Layer<?, ?> layer, String norm) {
    var batchNorm = (BatchNorm2d) network.layer(norm);
    Conv2d folded = FoldedNorm.of(path, (Conv2d) layer, batchNorm);
    Outcome gone = Outcome.left(norm, batchNorm, "");
    others.put(
        norm, new Outcome(norm, gone.kind(), true, "folded into '" + path + "'", gone.bytes(), 0));
    put(network.slot(path), folded);
    put(network.slot(norm), new Identity<Tensor>());
    return folded;
  }

  @SuppressWarnings("unchecked") // whatever is put has the function type of what it replaces
  private static <I, O> void put(Slot<I, O> slot, Layer<?, ?> layer) {
    slot.set((Layer<I, O>) layer);
  }

  private void watch(Target target, Fusion fusion) {
    String relu = fusion.relu();
    hooks.add(target.watchInput());
    hooks.add(target.watchOutput(relu == null ? target.layer() : network.layer(relu)));
    fusion.parts().forEach(path -> hooks.addAll(target.watchFollower(path, network.layer(path))));
  }

  /// The watched copy; run it on data that is like what will come.
  public L network() {
    return network;
  }

  /// The layers that are going to be quantized.
  public Set<String> paths() {
    return Collections.unmodifiableSet(targets.keySet());
  }

  /// Stops watching.
  public void finish() {
    hooks.forEach(Hook::remove);
    hooks.clear();
    List<String> missed =
        targets.values().stream().filter(one -> !one.isSeen()).map(Target::path).toList();
    if (!missed.isEmpty()) {
      throw new CalibrationException(
          missed.getFirst(),
          "the calibration did not reach %s: give data that does, or leave them as they are with"
                  .formatted(missed)
              + " without(path)");
    }
  }

  /// The quantized form of one layer, by itself: plain numbers in and out.
  ///
  /// @throws CalibrationException when what was seen gives no grid
  public StaticLayer layer(String path) {
    Target target = targets.get(path);
    if (target == null) {
      throw new IllegalArgumentException(
          "'%s' is not to be quantized; %s are".formatted(path, targets.keySet()));
    }
    if (!target.isSeen()) finish();
    return target.quantized(spec.engine());
  }

  /// Lets quantized layers of a copy of this network hand whole numbers to each other where one
  /// reads what another gives, and drops the ReLUs they contain.
  public void connect(Layer<?, ?> copy) {
    Map<String, Slot<?, ?>> slots = copy.namedSlots();
    targets.forEach((path, target) -> {
      Slot<?, ?> slot = slots.get(path);
      if (slot == null || !(slot.get() instanceof StaticLayer layer)) return;
      put(slot, layer.handingOn(flow.handsOn(path, reader -> isStatic(slots, reader))));
      Slot<?, ?> relu = target.relu() == null ? null : slots.get(target.relu());
      if (relu != null) put(relu, new Identity<Tensor>());
    });
  }

  private static boolean isStatic(Map<String, Slot<?, ?>> slots, String path) {
    Slot<?, ?> slot = slots.get(path);
    return slot != null && slot.get() instanceof StaticLayer;
  }

  /// Quantizes the watched copy, and tells what became of each layer.
  ///
  /// @throws CalibrationException when a layer was not reached or saw nothing but zeros
  public Quantized<L> convert() {
    finish();
    var layers = new LinkedHashMap<String, StaticLayer>();
    targets.forEach((path, target) -> layers.put(path, target.quantized(spec.engine())));
    var outcomes = new LinkedHashMap<String, Outcome>(others);
    layers.forEach((path, layer) -> outcomes.put(path, outcome(path, layer)));
    layers.forEach((path, layer) -> put(network.slot(path), layer));
    connect(network);
    network.eval();
    return new Quantized<>(
        network, order.stream().map(outcomes::get).filter(java.util.Objects::nonNull).toList());
  }

  private Outcome outcome(String path, StaticLayer layer) {
    var grids = layer.grids();
    String how =
        "qint8%s, activations on %s"
            .formatted(
                grids.relu() ? " with its ReLU" : "",
                spec.engine().name().toLowerCase(java.util.Locale.ROOT));
    return layer.outcome(path, network.layer(path), how);
  }
}
