package dev.microtome.bench.golden;

import dev.microtome.dynamic.observe.Grid;
import dev.microtome.dynamic.observe.GridType;
import dev.microtome.dynamic.observe.HistogramObserver;
import dev.microtome.dynamic.observe.MinMaxObserver;
import dev.microtome.dynamic.observe.MovingAverageObserver;
import dev.microtome.dynamic.observe.Observer;
import dev.microtome.dynamic.observe.Range;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// Replays recorded observers. The name of a case says which: kind, dtype, scheme, then options, as
/// in `MovingAverage_quint8_affine_c0.5`. What they saw are the recorded batches.
final class ObserverGoldens {
  private static final Pattern NAME =
      Pattern.compile(
          "(?<kind>[A-Za-z]+)_(?<dtype>[a-z0-9]+)_(?<scheme>affine|symmetric|float_qparams)(?<options>.*)");
  private static final double HISTOGRAM_TOLERANCE = 1e-5;

  private ObserverGoldens() {}

  static void check(JsonNode golden, Comparison found) {
    var batches = new ArrayList<Tensor>();
    golden.path("batches").forEach(batch -> batches.add(JsonTensors.tensor(batch)));
    for (JsonNode one : golden.path("cases")) {
      String name = one.path("name").asString();
      found.attempt(name, () -> check(name, one, batches, found));
    }
  }

  private static void check(String name, JsonNode wanted, List<Tensor> batches, Comparison found) {
    Observer observer = observer(name);
    batches.forEach(observer::observe);
    double tolerance = observer instanceof HistogramObserver ? HISTOGRAM_TOLERANCE : 0;
    Grid grid = observer.grid();
    numbers(name + " scale", wanted.path("scale"), grid.scale(), tolerance, found);
    numbers(name + " zero point", wanted.path("zero_point"), grid.zeroPoint(), 0, found);
    if (!(observer instanceof HistogramObserver)) { // recorded there before the search
      Range range = observer.observed();
      numbers(name + " least", wanted.path("min_val"), range.least(), 0, found);
      numbers(name + " greatest", wanted.path("max_val"), range.greatest(), 0, found);
    }
    found.equal(name + " first", wanted.path("quant_min").asInt(), grid.type().least());
    found.equal(name + " last", wanted.path("quant_max").asInt(), grid.type().most());
  }

  private static void numbers(
      String what, JsonNode wanted, Tensor got, double tolerance, Comparison found) {
    double[] numbers = got.to(DType.FLOAT64).toDoubles();
    found.equal(what + ", how many", wanted.size(), numbers.length);
    for (int i = 0; i < numbers.length; i++) {
      double expected = wanted.get(i).doubleValue();
      if (tolerance == 0) found.equal(what, (float) expected, (float) numbers[i]);
      else found.near(what, expected, numbers[i], tolerance * Math.abs(expected));
    }
  }

  private static Observer observer(String name) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) throw new IllegalArgumentException("a case of unknown kind: " + name);
    String options = parts.group("options");
    GridType type =
        GridType.of(
            DType.valueOf(parts.group("dtype").toUpperCase(Locale.ROOT)),
            switch (parts.group("scheme")) {
              case "affine" -> GridType.Zero.FITTED;
              case "symmetric" -> GridType.Zero.MIDDLE;
              default -> GridType.Zero.ANYWHERE;
            });
    if (options.contains("_reduce")) type = type.reduced();
    Optional<Matcher> custom = find("_custom_(-?\\d+)_(-?\\d+)", options);
    if (custom.isPresent()) {
      type = type.within(integer(custom.get(), 1), integer(custom.get(), 2));
    }
    int axis = find("_axis(\\d+)", options).map(found -> integer(found, 1)).orElse(0);
    double share =
        find("_c([\\d.]+)", options)
            .map(found -> Double.parseDouble(found.group(1)))
            .orElse(MovingAverageObserver.SHARE);
    return switch (parts.group("kind")) {
      case "MinMax" -> new MinMaxObserver(type);
      case "PerChannel" -> new MinMaxObserver(type, axis);
      case "MovingAverage" -> new MovingAverageObserver(type, share, -1);
      case "MovingAveragePerChannel" -> new MovingAverageObserver(type, share, axis);
      case "Histogram" -> new HistogramObserver(type, HistogramObserver.Ends.WHOLE);
      default -> throw new IllegalArgumentException("an observer of unknown kind: " + name);
    };
  }

  private static Optional<Matcher> find(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    return matcher.find() ? Optional.of(matcher) : Optional.empty();
  }

  private static int integer(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }
}
