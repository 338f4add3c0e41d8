package dev.microtome.lowbit;

import dev.microtome.nn.Layer;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Exchanges linear layers of a network for low-bit ones, one after the other, so that no more than
/// one weight is there twice. Everything that can be refused is looked at before the first
/// exchange.
final class NetworkQuantizer {
  private final Map<String, Slot<Tensor, Tensor>> places = new LinkedHashMap<>();
  private final Map<String, LowBit> settings = new LinkedHashMap<>();
  private final Layer<?, ?> network;
  private final InputStatistics inputs;

  NetworkQuantizer(
      Layer<?, ?> network, Function<String, @Nullable LowBit> rule, InputStatistics inputs) {
    this.network = network;
    this.inputs = inputs;
    LinearPlaces.of(network, path -> rule.apply(path) != null)
        .forEach((path, slot) -> {
          LowBit wanted = rule.apply(path);
          if (wanted != null) {
            places.put(path, slot);
            settings.put(path, wanted);
          }
        });
    places.forEach(this::check);
  }

  private void check(String path, Slot<Tensor, Tensor> slot) {
    if (slot.get() instanceof LowBitLinear) {
      throw new IllegalArgumentException(path + " has few bits already");
    }
    Tensor weight = ((LinearLike) slot.get()).weight();
    try {
      Grouping grouping = wanted(path).grouping(weight.shape());
      Checks.finite(weight);
      Tensor known = inputs.of(path);
      if (known != null) {
        Checks.importance(known, weight);
        if (known.dim() == 2) {
          wanted(path).solver().checkProducts(grouping);
        }
      }
    } catch (IllegalArgumentException refused) {
      throw new IllegalArgumentException(path + ": " + refused.getMessage(), refused);
    }
  }

  private LowBit wanted(String path) {
    LowBit found = settings.get(path);
    if (found == null) {
      throw new IllegalStateException("no settings for " + path);
    }
    return found;
  }

  LowBitReport run() {
    var rows = new ArrayList<LowBitReport.Row>();
    places.forEach((path, slot) -> rows.add(exchange(path, slot)));
    return new LowBitReport(rows, LinearPlaces.others(network, places.keySet()));
  }

  private LowBitReport.Row exchange(String path, Slot<Tensor, Tensor> slot) {
    var before = (LinearLike) slot.get();
    Tensor weight = before.weight().detach();
    Tensor importance = inputs.of(path);
    LowBit wanted = wanted(path);
    PackedWeight packed =
        importance == null ? wanted.quantize(weight) : wanted.quantize(weight, importance);
    LowBitLinear after = LowBitLinear.of(before, packed, wanted);
    Reconstruction error = Grad.off(() -> Reconstruction.of(weight, packed));
    slot.set(after.freeze());
    return new LowBitReport.Row(
        path,
        packed.bits(),
        packed.bitsPerWeight(),
        weight.numel() * weight.dtype().bytes(),
        packed.bytes(),
        error);
  }
}
