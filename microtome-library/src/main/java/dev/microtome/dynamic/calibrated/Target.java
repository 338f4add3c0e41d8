package dev.microtome.dynamic.calibrated;

import dev.microtome.dynamic.observe.Grid;
import dev.microtome.dynamic.observe.Observer;
import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Conv1d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.Convolution;
import dev.microtome.nn.Hook;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A layer that is going to be quantized, with the observers of what it gets and gives.
final class Target {
  private final String path;
  private final Layer<?, ?> layer;
  private final StaticConfig config;
  private final @Nullable String relu; // the path of the ReLU that becomes part of it
  private final Observer in;
  private final Observer out;
  private @Nullable Object last; // what the layer gave
  private @Nullable String stray; // a layer that shall be part of this one and reads something else

  Target(String path, Layer<?, ?> layer, StaticConfig config, @Nullable String relu) {
    this.path = path;
    this.layer = layer;
    this.config = config;
    this.relu = relu;
    in = config.activations().get();
    out = config.activations().get();
  }

  /// Why a layer has no quantized form; null when it has one.
  static @Nullable String obstacle(Layer<?, ?> layer, QuantizedEngine engine) {
    return switch (layer) {
      case Linear _, Conv1D _, Conv2d _ -> null;
      case Conv1d _ ->
          engine == QuantizedEngine.QNNPACK
              ? "QNNPACK has no kernel for convolutions over one dimension"
              : null;
      default -> "has no form with fixed grids";
    };
  }

  String path() {
    return path;
  }

  Layer<?, ?> layer() {
    return layer;
  }

  @Nullable String relu() {
    return relu;
  }

  Hook watchInput() {
    return layer.onInput((_, value) -> observe(in, value));
  }

  /// Watches what goes out of `last`: the layer itself or its ReLU.
  Hook watchOutput(Layer<?, ?> last) {
    return last.onOutput((_, value) -> observe(out, value));
  }

  /// Notes whether the layer at `path`, which becomes part of this one, reads nothing else.
  @SuppressWarnings("ReferenceEquality") // the very tensor, not one like it
  List<Hook> watchFollower(String path, Layer<?, ?> follower) {
    return List.of(
        layer.onOutput((_, value) -> last = value),
        follower.onInput((_, value) -> {
          if (value != last) stray = path;
          return value;
        }));
  }

  private Object observe(Observer observer, Object value) {
    if (value instanceof DenseTensor x) {
      try {
        Scope.run(() -> observer.observe(x));
      } catch (IllegalArgumentException refused) {
        throw new CalibrationException(path, String.valueOf(refused.getMessage()), refused);
      }
    }
    return value;
  }

  boolean isSeen() {
    return in.seen() > 0 && out.seen() > 0;
  }

  /// The quantized layer, which hands on plain numbers.
  ///
  /// @throws CalibrationException when nothing but zeros was seen, the weight holds NaN, or a layer
  ///   that was to become part of this one reads something else
  StaticLayer quantized(QuantizedEngine engine) {
    if (stray != null) {
      throw new CalibrationException(
          path,
          "'%s', which was to become part of it, also reads something else; don't fuse them"
              .formatted(stray));
    }
    checkRange(in, "gets");
    checkRange(out, "gives");
    var grids = new StaticGrids(in.grid(), out.grid(), relu != null, false);
    return Grad.off(() ->
        switch (layer) {
          case Convolution conv ->
              StaticConvolution.of(conv, weight(conv.weight()), plain(conv.bias()), grids, engine);
          case LinearLike linear ->
              StaticLinear.of(weight(linear.weight()), plain(linear.bias()), grids, engine);
          default -> throw new IllegalStateException(path + " has no quantized form");
        });
  }

  private void checkRange(Observer observer, String does) {
    if (observer.observed().isZero()) {
      throw new CalibrationException(
          path,
          "it %s nothing but zeros in the whole calibration, and no grid can be made of that: give"
                  .formatted(does)
              + " data that reaches it, or leave it as it is with without(\"%s\")".formatted(path));
    }
  }

  private Tensor weight(Tensor weight) {
    Observer observer = config.weights().get();
    Tensor float32 = weight.detach().to(DType.FLOAT32).contiguous();
    try {
      observer.observe(float32);
    } catch (IllegalArgumentException refused) {
      throw new CalibrationException(path, "the weight: " + refused.getMessage(), refused);
    }
    Grid grid = observer.grid();
    return grid.quantize(float32);
  }

  private static @Nullable Tensor plain(@Nullable Tensor bias) {
    return bias == null ? null : bias.detach().to(DType.FLOAT32).copy();
  }
}
