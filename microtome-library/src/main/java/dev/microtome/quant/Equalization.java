package dev.microtome.quant;

import dev.microtome.nn.Conv1d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.Convolution;
import dev.microtome.nn.Dropout;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Cross-layer equalization (Nagel et al. 2019): between two layers a channel may be made larger in
/// one and smaller in the other without changing the result, where nothing but a rectifier or a
/// maximum stands between them. Channels then have like ranges, which quantization per tensor
/// needs.
///
/// @param iterations passes over all pairs at most
/// @param threshold a pass that changes no channel by more ends it
/// @param mergeBias whether large biases count as well
public record Equalization(int iterations, double threshold, boolean mergeBias) {
  /// 10 passes, threshold 0.05, biases counted.
  public static final Equalization DEFAULT = new Equalization(10, 0.05, true);

  private static final double LEAST = 1e-9;

  private record Pair(Layer<?, ?> first, Layer<?, ?> second) {}

  /// Equalizes all neighbours in a sequence.
  ///
  /// @return how many pairs there are
  public int apply(Sequential network) {
    List<Pair> pairs = pairs(network);
    for (int i = 0; i < iterations && !pairs.isEmpty(); i++) {
      double most = 0;
      for (Pair pair : pairs) {
        most = Math.max(most, apply(pair.first(), pair.second()));
      }
      if (most < threshold) {
        break;
      }
    }
    return pairs.size();
  }

  private static List<Pair> pairs(Sequential network) {
    var found = new ArrayList<Pair>();
    Layer<?, ?> before = null;
    for (int i = 0; i < network.size(); i++) {
      Layer<?, ?> layer = network.get(i);
      if (isWeighty(layer)) {
        if (before != null && outputs(before) == inputs(layer)) {
          found.add(new Pair(before, layer));
        }
        before = layer;
      } else if (!passes(layer)) {
        before = null;
      }
    }
    return found;
  }

  /// Whether scaling a channel before the layer scales it behind.
  private static boolean passes(Layer<?, ?> layer) {
    return layer instanceof ReLU
        || layer instanceof MaxPool2d
        || layer instanceof Identity
        || layer instanceof Dropout;
  }

  private static boolean isWeighty(Layer<?, ?> layer) {
    return switch (layer) {
      case Linear _, Conv1d _, Conv2d _, QuantLinear _ -> groups(layer) == 1;
      case QuantConvolution conv -> !conv.isTransposed() && groups(layer) == 1;
      default -> false;
    };
  }

  private static long groups(Layer<?, ?> layer) {
    return switch (layer) {
      case Convolution conv -> conv.settings().groups();
      case QuantConvolution conv -> conv.convSettings().groups();
      default -> 1;
    };
  }

  private static long outputs(Layer<?, ?> layer) {
    return layer.tensor("weight").size(0);
  }

  private static long inputs(Layer<?, ?> layer) {
    return layer.tensor("weight").size(1);
  }

  /// Equalizes one pair.
  ///
  /// @return by how much the most changed channel was scaled: the largest |1 − factor|
  public double apply(Layer<?, ?> first, Layer<?, ?> second) {
    if (!isWeighty(first) || !isWeighty(second) || outputs(first) != inputs(second)) {
      throw new IllegalArgumentException(
          "no channels go from %s to %s".formatted(first.where(), second.where()));
    }
    return Grad.off(() -> scale(first, second));
  }

  private double scale(Layer<?, ?> first, Layer<?, ?> second) {
    Tensor w1 = first.tensor("weight");
    Tensor w2 = second.tensor("weight");
    Tensor bias = first.namedParameters().get("bias");
    Tensor source = range(withBias(w1.reshape(w1.size(0), -1), bias));
    Tensor sink = range(w2.transpose(0, 1).reshape(w2.size(1), -1));
    Tensor idle = source.le(LEAST).logicalOr(sink.le(LEAST));
    Tensor factor = sink.sqrt().div(source.sqrt()).maskedFill(idle, 1);
    w1.mul_(factor.view(Broadcast.channels(w1.size(0), 0, w1.dim()).dims()));
    if (bias != null) {
      bias.mul_(factor);
    }
    w2.div_(factor.view(Broadcast.channels(w2.size(1), 1, w2.dim()).dims()));
    return factor.rsub(1).abs().max().item();
  }

  private static Tensor range(Tensor rows) {
    return rows.abs().max(1).values();
  }

  /// The weights of each channel and its bias, which counts less the larger it is beside them. The
  /// numbers are those of Vitis AI.
  private Tensor withBias(Tensor rows, @Nullable Tensor bias) {
    if (bias == null || !mergeBias) {
      return rows;
    }
    Tensor weights = rows.maskedFill(rows.abs().le(LEAST), LEAST);
    Tensor column = bias.reshape(-1, 1);
    Tensor factor = column.abs().div(weights.abs());
    double median = factor.median().item();
    double mean = factor.mean().item();
    double largest = column.abs().max().item();
    boolean small = largest < 10 && largest / weights.abs().max().item() < 20;
    double shrink =
        small
            ? median > 100 || mean > 1000 ? 5 : 2
            : median > 30 || mean > 500 ? 20 : median > 15 || mean > 250 ? 10 : 5;
    return Tensor.cat(List.of(weights, column.div(shrink)), 1);
  }
}
