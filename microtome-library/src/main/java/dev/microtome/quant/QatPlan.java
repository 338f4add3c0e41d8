package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Tensor;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides what [Quantize] does, before anything is changed.
final class QatPlan {
  private record Weighty(String path, Quantizer quantizer) {}

  private final QatSpec spec;
  private final Map<String, Slot<?, ?>> slots;
  private final SequenceFlow flow;
  private final Set<QatRule> used = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Layer<?, ?>, Layer<?, ?>> made = new HashMap<>(); // by identity
  private final Map<Tensor, Weighty> weights = new HashMap<>(); // by identity
  private final Map<String, Layer<?, ?>> replacements = new LinkedHashMap<>();
  private final Map<String, String> merged = new LinkedHashMap<>();
  private final Map<String, String> quantized = new LinkedHashMap<>();
  private final Map<String, String> plain = new LinkedHashMap<>();

  QatPlan(Layer<?, ?> network, QatSpec spec) {
    this.spec = spec;
    slots = network.namedSlots();
    markUsed(network);
    flow =
        new SequenceFlow(
            network,
            (path, layer) ->
                obstacle(path, layer) == null
                    && !(rule(path, layer) instanceof QatRule.Put)
                    && form(path, layer, "", false).of(layer) != null);
    var closed = new HashSet<String>();
    network
        .namedLayers()
        .forEach((path, layer) -> {
          if (closed.stream().noneMatch(own -> path.startsWith(own + "."))) {
            decide(path, layer, closed);
          }
        });
  }

  /// A rule that fits nothing is a typing mistake.
  private void markUsed(Layer<?, ?> network) {
    network
        .namedLayers()
        .forEach((path, layer) -> {
          for (QatRule rule : spec.rules()) {
            if (rule.place().holds(path, layer)) {
              used.add(rule);
            }
          }
        });
    for (QatRule rule : spec.rules()) {
      boolean condition = rule.place().text().equals("a condition");
      if (!used.contains(rule) && !condition) {
        throw new IllegalArgumentException(
            "a rule of the spec fits no layer: %s; slots are %s"
                .formatted(rule.place().text(), String.join(", ", slots.keySet())));
      }
    }
  }

  private @Nullable QatRule rule(String path, Layer<?, ?> layer) {
    QatRule last = null;
    for (QatRule rule : spec.rules()) {
      last = rule.place().holds(path, layer) ? rule : last;
    }
    return last;
  }

  private QuantForm form(String path, Layer<?, ?> layer, String source, boolean feeding) {
    QatSpec here = rule(path, layer) instanceof QatRule.Use(_, QatSpec other) ? other : spec;
    return new QuantForm(here, !source.isEmpty(), feeding);
  }

  private void decide(String path, Layer<?, ?> layer, Set<String> closed) {
    if (isQuantized(layer)) {
      closed.add(path);
      plain.put(path, "quantized already");
      return;
    }
    boolean asked = rule(path, layer) instanceof QatRule.Put;
    if (layer.namedLayers().size() > 1 && !asked) {
      ownParameters(path, layer);
      return;
    }
    String obstacle = obstacle(path, layer);
    if (obstacle != null) {
      plain.put(path, obstacle);
      return;
    }
    String conv = spec.mergeBatchNorms() ? flow.convolutionBefore(path) : "";
    if (!conv.isEmpty()) {
      merged.put(path, conv);
      quantized.put(path, "%s → folded into %s".formatted(simple(layer), conv));
      return;
    }
    exchange(path, layer, closed);
  }

  private static boolean isQuantized(Layer<?, ?> layer) {
    return layer instanceof QuantLayer<?>
        || layer instanceof LiveQuantizer
        || layer instanceof QuantEmbedding
        || layer instanceof QuantLstm
        || layer instanceof QuantRnn
        || layer instanceof QuantMultiheadAttention;
  }

  private void ownParameters(String path, Layer<?, ?> layer) {
    for (String name : layer.namedParameters().keySet()) {
      if (!name.contains(".")) {
        plain.put(path.isEmpty() ? name : path + "." + name, "a parameter in no layer of its own");
      }
    }
  }

  /// Why a layer can't be exchanged whatever the spec says; null when nothing speaks against it.
  private @Nullable String obstacle(String path, Layer<?, ?> layer) {
    if (rule(path, layer) instanceof QatRule.Except(QatRule.Place place)) {
      return "excepted by " + place.text();
    }
    if (!slots.containsKey(path)) {
      return path.isEmpty()
          ? "is the network itself: only layers in slots are exchanged, put it into a Sequential"
          : "is a child that stays, not in a slot";
    }
    if (layer.isHooked()) {
      return "is watched by hooks, which would see it no more";
    }
    for (Tensor tensor : layer.namedParameters().values()) {
      if (tensor.device().equals(Device.META)) {
        throw new IllegalArgumentException(
            "%s has a shape and no numbers yet: load the weights first".formatted(layer.where()));
      }
      boolean weighty = QuantForm.hasWeight(layer) || layer instanceof Lstm;
      if (weighty && tensor.dtype() != DType.FLOAT32) {
        return "holds %s: training wants network.to(DType.FLOAT32)".formatted(tensor.dtype());
      }
    }
    return null;
  }

  private void exchange(String path, Layer<?, ?> layer, Set<String> closed) {
    String source = flow.sourceOf(path);
    QuantForm form = form(path, layer, source, flow.feeds(path));
    boolean twice =
        QuantForm.isActivation(layer) && !flow.feeds(path) && form.spec().input() != null;
    boolean put = rule(path, layer) instanceof QatRule.Put;
    if (twice && !put && form.of(layer) != null) {
      plain.put(
          path,
          "what reads it is not known here, and layers with weights quantize their inputs: at(\"%s\","
                  .formatted(path)
              + " spec.withInput(null)) quantizes it all the same");
      return;
    }
    Layer<?, ?> next = made.computeIfAbsent(layer, _ -> made(path, layer, form));
    if (next == null) {
      plain.put(path, form.reason(layer));
      return;
    }
    replacements.put(path, next);
    closed.add(path);
    quantized.put(
        path,
        "%s → %s%s%s%s"
            .formatted(
                simple(layer),
                simple(next),
                source.isEmpty() ? "" : ", on the grid of " + source,
                next instanceof QuantLstm ? ", with parameters of its own" : "",
                tie(path, layer, next)));
  }

  /// Says with whom a layer shares its weight, and whether both see it on one grid.
  private String tie(String path, Layer<?, ?> layer, Layer<?, ?> next) {
    Quantizer own =
        switch (next) {
          case QuantWeightLayer weighty -> quantizer(weighty.weightQuant());
          case QuantEmbedding table -> quantizer(table.weightQuant());
          default -> null;
        };
    if (own == null) {
      return "";
    }
    Weighty before = weights.putIfAbsent(layer.tensor("weight"), new Weighty(path, own));
    return before == null
        ? ""
        : ", its weight tied with %s, %s"
            .formatted(
                before.path(),
                own.equals(before.quantizer()) ? "on the same grid" : "on another grid");
  }

  private static @Nullable Quantizer quantizer(@Nullable WeightQuant quant) {
    return quant == null ? null : quant.quantizer();
  }

  private @Nullable Layer<?, ?> made(String path, Layer<?, ?> layer, QuantForm form) {
    return rule(path, layer) instanceof QatRule.Put(_, var make)
        ? make.apply(layer)
        : form.of(layer);
  }

  private static String simple(Layer<?, ?> layer) {
    return layer.getClass().getSimpleName();
  }

  Map<String, Layer<?, ?>> replacements() {
    return replacements;
  }

  /// Batch norms to fold: their path to that of the convolution.
  Map<String, String> merged() {
    return merged;
  }

  QatReport report() {
    return new QatReport(quantized, plain);
  }
}
