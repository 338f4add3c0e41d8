package dev.microtome.bench.golden;

import dev.microtome.adapt.AdaptedLinear;
import dev.microtome.adapt.Lora;
import dev.microtome.adapt.LowRank;
import dev.microtome.adapt.NotebookDora;
import dev.microtome.lowbit.BitWidth;
import dev.microtome.lowbit.Grouping;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.PackedWeight;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Adapters over one low-bit layer: outputs and gradients by each formula.
final class AdapterGoldens {
  private static final double TOLERANCE = 1e-5;
  private static final String NAME = Lora.DEFAULT_NAME;

  private final JsonNode one;
  private final String what;
  private final Comparison found;

  private AdapterGoldens(JsonNode one, String what, Comparison found) {
    this.one = one;
    this.what = what;
    this.found = found;
  }

  static void check(JsonNode one, String what, Comparison found) {
    new AdapterGoldens(one, what, found).check();
  }

  private void check() {
    base();
    one.path("expect_f64")
        .properties()
        .forEach(entry ->
            found.attempt(what + entry.getKey(), () -> formula(entry.getKey(), entry.getValue())));
  }

  private Tensor tensor(String name) {
    return JsonTensors.tensor(one.path(name));
  }

  private LowBit settings() {
    return LowBit.bits(one.path("nbits").doubleValue())
        .groupSize(one.path("group_size").longValue())
        .axis(one.path("axis").intValue())
        .values(null)
        .hqq();
  }

  /// The codes HQQ made of the weight; where a number is halfway between two, either is right.
  private void base() {
    Tensor original = tensor("W_orig");
    PackedWeight own = settings().quantize(original);
    codes("W_q", tensor("W_q"), own);
    PackedWeight recorded = packed();
    found.same(what + "packed", tensor("packed"), recorded.packed());
    found.same(what + "W_dequant", tensor("W_dequant"), recorded.dequantize());
    scaled("m_norm_of_original", tensor("m_norm_of_original"), original.norm(2, 1, false));
    scaled("m_norm_of_dequant", tensor("m_norm_of_dequant"), layer().rowSquares().sqrt());
  }

  private void codes(String name, Tensor expected, PackedWeight own) {
    Tensor apart = expected.to(DType.INT32).sub(own.codes().to(DType.INT32)).abs();
    boolean good = apart.max().item() <= 1 && apart.sum().item() <= 1;
    found.equal(what + name + " but for a tie", true, good);
  }

  private PackedWeight packed() {
    var shape = new Shape(ModelCase.longs(one.path("W_orig").path("shape")));
    var grouping =
        new Grouping(shape, one.path("group_size").longValue(), one.path("axis").intValue());
    return PackedWeight.of(
        tensor("W_q"),
        BitWidth.of(one.path("nbits").doubleValue()),
        grouping,
        tensor("scale"),
        tensor("zero"));
  }

  private LowBitLinear layer() {
    return new LowBitLinear(packed(), one.has("bias") ? tensor("bias") : null);
  }

  private void formula(String name, JsonNode expected) {
    switch (name) {
      case "seed" -> notebook(name, expected, expected.path("alpha").doubleValue());
      case "fsdp_hqqdora" -> notebook(name, expected, 1);
      default -> lowRank(name, expected);
    }
  }

  /// The notebooks' formula has no bias.
  private void notebook(String name, JsonNode expected, double alpha) {
    Tensor a = tensor("A");
    var dora =
        new NotebookDora(
            new LowBitLinear(packed(), null), tensor("W_orig"), (int) a.size(0), alpha);
    dora.loadMatching(Map.of("a.weight", a, "b.weight", tensor("B"), "m", tensor("m")));
    run(name, expected, dora, Map.of("m", "m", "A", "a.weight", "B", "b.weight"));
    if (expected.has("col_norms")) {
      scaled(name + " col_norms", JsonTensors.tensor(expected.path("col_norms")), dora.rowNorms());
    }
    JsonNode wrong = expected.path("WRONG_if_norm_not_detached");
    if (wrong.isObject()) {
      Tensor attached = JsonTensors.tensor(wrong.path("grad_A"));
      double apart = attached.sub(dora.tensor("a.weight").grad()).abs().max().item();
      boolean differs = apart > 100 * TOLERANCE * attached.abs().max().item();
      found.equal(what + name + " takes the norm as a constant", true, differs);
    }
  }

  private void lowRank(String name, JsonNode expected) {
    Tensor a = tensor("A");
    int rank = (int) a.size(0);
    boolean dora = !name.equals("lora");
    boolean rsLora = name.endsWith("rslora");
    double scaling = expected.path("scaling").doubleValue();
    double alpha = expected.path("lora_alpha").asDouble(scaling * rank);
    Lora settings = Lora.rank(rank).alpha(alpha).dora(dora).rsLora(rsLora);
    found.near(what + name + " scaling", scaling, settings.scaling(), 1e-12);
    AdaptedLinear layer = adapted(settings);
    run(name, expected, layer, names(dora));
    LowRank adapter = layer.adapter(NAME);
    if (expected.has("weight_norm")) {
      Tensor norms = JsonTensors.tensor(expected.path("weight_norm"));
      scaled(name + " weight_norm", norms, adapter.rowNorms(layer.base()));
    }
    if (expected.has("m_init_by_peft")) {
      Tensor first = LowRank.of(layer.base(), settings).magnitude();
      scaled(name + " m_init", JsonTensors.tensor(expected.path("m_init_by_peft")), first.detach());
    }
    merged(name, expected, layer);
    if (expected.has("dropout")) {
      dropout(name, expected.path("dropout"), settings);
    }
  }

  private AdaptedLinear adapted(Lora settings) {
    LowBitLinear base = layer();
    base.freeze();
    Tensor m = settings.dora() ? tensor("m") : null;
    var adapter = LowRank.of(settings, tensor("A"), tensor("B"), m);
    var layer = new AdaptedLinear(base, Map.of(NAME, adapter));
    if (one.has("bias")) {
      layer.tensor("base_layer.bias").requiresGrad_(true);
    }
    return layer;
  }

  private Map<String, String> names(boolean dora) {
    var matrices = Map.of("A", NAME + ".lora_A.weight", "B", NAME + ".lora_B.weight");
    var all = new HashMap<>(matrices);
    if (dora) {
      all.put("m", NAME + ".lora_magnitude_vector");
    }
    if (one.has("bias")) {
      all.put("bias", "base_layer.bias");
    }
    return all;
  }

  /// Output and gradients of one pass.
  private void run(
      String name, JsonNode expected, Layer<Tensor, Tensor> layer, Map<String, String> trained) {
    found.equal(what + name + " trains", Set.copyOf(trained.values()), layer.trainable().keySet());
    Tensor x = tensor("x").requiresGrad_(true);
    Tensor y = layer.apply(x);
    y.backward(tensor("grad_y"), false, false);
    scaled(name + " y", JsonTensors.tensor(expected.path("y")), y);
    scaled(name + " grad_x", JsonTensors.tensor(expected.path("grad_x")), x.grad());
    trained.forEach((shortName, path) -> {
      JsonNode gradient = expected.path("grad_" + shortName);
      if (gradient.isObject()) {
        Tensor own = Objects.requireNonNull(layer.tensor(path).grad());
        if (shortName.equals("bias") && expected.has("dropout")) {
          own = own.mul(2); // recorded after two passes over one base, with and without dropout
        }
        scaled(name + " grad_" + shortName, JsonTensors.tensor(gradient), own);
      }
    });
  }

  private void merged(String name, JsonNode expected, AdaptedLinear layer) {
    if (!expected.has("W_merged")) {
      return;
    }
    Tensor weight = JsonTensors.tensor(expected.path("W_merged"));
    scaled(name + " W_merged", weight, layer.weight());
    JsonNode requantized = expected.path("merged_requantized");
    if (requantized.isObject()) {
      PackedWeight again = settings().quantize(weight.to(DType.FLOAT32));
      codes(name + " merged_requantized", JsonTensors.tensor(requantized.path("W_q")), again);
      scaled(
          name + " merged_requantized.scale",
          JsonTensors.tensor(requantized.path("scale")),
          again.scale().tensor());
    }
  }

  /// Training with a known dropout mask.
  private void dropout(String name, JsonNode golden, Lora settings) {
    double p = golden.path("p").doubleValue();
    AdaptedLinear layer = adapted(settings.dropout(p));
    Tensor mask = JsonTensors.tensor(golden.path("mask")).div(1 - p);
    place(layer, NAME + ".lora_dropout", new Masked(mask));
    run(name + " dropout", golden, layer, names(settings.dora()));
  }

  @SuppressWarnings("unchecked") // dropout takes a tensor and gives one
  private static void place(Layer<?, ?> network, String path, Layer<Tensor, Tensor> layer) {
    ((Slot<Tensor, Tensor>) network.slot(path)).set(layer);
  }

  private static final class Masked extends Layer<Tensor, Tensor> {
    private final Tensor mask;

    Masked(Tensor mask) {
      this.mask = mask;
    }

    @Override
    protected Tensor forward(Tensor x) {
      return x.mul(mask);
    }
  }

  private void scaled(String name, Tensor expected, Tensor actual) {
    Grad.off(() -> found.scaled(what + name, expected, actual, TOLERANCE));
  }
}
