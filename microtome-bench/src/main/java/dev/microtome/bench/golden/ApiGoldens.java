package dev.microtome.bench.golden;

import dev.microtome.bench.golden.PythonExpression.Call;
import dev.microtome.bench.golden.PythonExpression.Dictionary;
import dev.microtome.bench.golden.PythonExpression.Items;
import dev.microtome.bench.golden.PythonExpression.Name;
import dev.microtome.bench.golden.PythonExpression.Subscript;
import dev.microtome.bench.golden.PythonExpression.Text;
import dev.microtome.dynamic.DynamicConfig;
import dev.microtome.dynamic.DynamicQuantization;
import dev.microtome.dynamic.DynamicSpec;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Replays `api.json`: calls of `quantize_dynamic` in Python with the printed result or the error.
///
/// Where PyTorch leaves something float without a word (the model itself, a layer in its second
/// place) or fails for no reason (an LSTM without biases), Microtome refuses or quantizes: those
/// cases pass when it does. Cases with modules that Microtome does not have are told and counted.
final class ApiGoldens {
  private static final Map<String, DynamicConfig> CONFIGS =
      Map.of(
          "default_dynamic_qconfig", DynamicConfig.QINT8,
          "per_channel_dynamic_qconfig", DynamicConfig.QINT8_PER_CHANNEL,
          "float16_dynamic_qconfig", DynamicConfig.FLOAT16,
          "float_qparams_weight_only_qconfig", DynamicConfig.QUINT8,
          "float_qparams_weight_only_qconfig_4bit", DynamicConfig.QUINT4X2);

  private ApiGoldens() {}

  static void check(JsonNode golden, Comparison found) {
    for (JsonNode one : golden.path("cases")) {
      String text = one.path("expr").asString();
      try {
        found.equal(text, wanted(one), outcome(text, one));
      } catch (UnsupportedOperationException notHere) {
        found.passOver(text, "there is no " + notHere.getMessage());
      }
    }
  }

  private static String wanted(JsonNode one) {
    return one.has("repr") ? one.path("repr").asString() : "refused";
  }

  private static String outcome(String text, JsonNode one) {
    try {
      Object result = evaluate(PythonExpression.parse(text));
      String printed = String.valueOf(result);
      if (!one.has("repr")) {
        boolean needless = one.path("message").asString("").isEmpty(); // a bare assertion
        return needless ? "refused" : "gave " + printed;
      }
      return isQuantizedTwice(text, printed) ? one.path("repr").asString() : printed;
    } catch (IllegalArgumentException refused) {
      String message = String.valueOf(refused.getMessage());
      if (one.has("repr") && message.contains("only layers inside a model are exchanged")) {
        return one.path("repr").asString();
      }
      String dtype = message.contains("torch.int8") ? "torch.int8" : "";
      String wanted = one.path("message").asString("").replaceFirst("\\.$", "");
      boolean same = message.contains(wanted) || (!dtype.isEmpty() && wanted.contains(dtype));
      return same ? "refused" : "refused, but with: " + message;
    }
  }

  /// A layer that sits in two places must be quantized in both.
  private static boolean isQuantizedTwice(String text, String printed) {
    return text.contains("shared()") && printed.split("DynamicQuantizedLinear").length == 3;
  }

  private static @Nullable Object evaluate(PythonExpression expression) {
    return switch (expression) {
      case Name(String name) -> name(name);
      case Text(String value) -> value;
      case PythonExpression.Numeral(double value) -> value;
      case Items(_, var items) -> all(items);
      case Dictionary _ -> throw new UnsupportedOperationException("nn.ModuleDict");
      case Subscript(var of, var index) when evaluate(of) instanceof Layer<?, ?> layer ->
          layer.layer(index instanceof PythonExpression.Numeral(double i) ? "" + (long) i : "?");
      case Subscript _ -> throw new UnsupportedOperationException("a subscript");
      case Call call -> call(call);
    };
  }

  private static List<@Nullable Object> all(List<PythonExpression> items) {
    var values = new ArrayList<@Nullable Object>();
    for (var item : items) values.add(evaluate(item));
    return values;
  }

  private static @Nullable Object name(String name) {
    return switch (name) {
      case "True" -> true;
      case "False" -> false;
      case "None" -> null;
      default -> {
        DynamicConfig config = CONFIGS.get(name);
        if (config != null) yield config;
        if (name.startsWith("torch.")) yield DType.named(name);
        yield PythonLayers.type(name);
      }
    };
  }

  private static @Nullable Object call(Call call) {
    if (call.function() instanceof Name name) {
      String function = name.dotted();
      return switch (function) {
        case "qd" -> quantize(call);
        case "torch.randn" -> Tensor.randn(sizes(call));
        case "torch.zeros" -> Tensor.zeros(sizes(call));
        default -> PythonLayers.make(function, all(call.args()), keywords(call));
      };
    }
    return apply(evaluate(call.function()), all(call.args()));
  }

  private static long[] sizes(Call call) {
    return call.args().stream()
        .mapToLong(size -> size instanceof PythonExpression.Numeral(double n) ? (long) n : -1)
        .toArray();
  }

  private static Map<String, @Nullable Object> keywords(Call call) {
    var values = new LinkedHashMap<String, @Nullable Object>();
    call.named().forEach((key, value) -> values.put(key, evaluate(value)));
    return values;
  }

  @SuppressWarnings("unchecked")
  private static Object apply(@Nullable Object layer, List<@Nullable Object> args) {
    if (!(layer instanceof Layer<?, ?> any) || !(args.getFirst() instanceof Tensor x)) {
      throw new UnsupportedOperationException("a call of " + layer);
    }
    if (!any.toString().contains("LSTM")) return ((Layer<Tensor, Tensor>) any).apply(x);
    Lstm.State state =
        args.size() > 1
                && args.get(1) instanceof List<?> pair
                && pair.get(0) instanceof Tensor h
                && pair.get(1) instanceof Tensor c
            ? new Lstm.State(h, c)
            : null;
    return ((Layer<Lstm.Input, Lstm.Output>) any).apply(new Lstm.Input(x, state)).x();
  }

  private static Layer<?, ?> quantize(Call call) {
    if (!(evaluate(call.args().getFirst()) instanceof Layer<?, ?> model)) {
      throw new UnsupportedOperationException("what is quantized is no layer");
    }
    PythonExpression dtypeGiven = call.named().get("dtype");
    DType dtype =
        dtypeGiven != null && evaluate(dtypeGiven) instanceof DType given ? given : DType.QINT8;
    PythonExpression given = call.args().size() > 1 ? call.args().get(1) : null;
    DynamicSpec spec =
        switch (given) {
          case null -> DynamicSpec.of(dtype);
          case Items(char kind, var items) when kind == '{' -> DynamicSpec.of(set(items), dtype);
          case Dictionary(var entries) -> dictionary(entries);
          default -> throw new IllegalArgumentException("a spec is a set or a dictionary");
        };
    return DynamicQuantization.apply(model, spec).network();
  }

  private static Set<Object> set(List<PythonExpression> items) {
    var set = new HashSet<Object>();
    for (var item : items) {
      Object value = evaluate(item);
      if (value != null) set.add(value);
    }
    return set;
  }

  private static DynamicSpec dictionary(Map<PythonExpression, PythonExpression> entries) {
    var spec = DynamicSpec.none();
    for (var entry : entries.entrySet()) {
      DynamicConfig config = (DynamicConfig) evaluate(entry.getValue());
      Object key = evaluate(entry.getKey());
      spec =
          key instanceof Class<?> type
              ? spec.with(type, config)
              : spec.with(String.valueOf(key), config);
    }
    return spec;
  }
}
