package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.pickle.Pickled.Call;
import dev.microtome.tensor.pickle.Pickled.Name;
import dev.microtome.tensor.pickle.Pickled.Real;
import dev.microtome.tensor.pickle.Pickled.Tuple;
import dev.microtome.tensor.pickle.TensorForm.Grid;
import java.util.List;

/// Judges the tuple that says how a quantized tensor's numbers are spread.
final class QuantizerRules {
  private QuantizerRules() {}

  static Grid grid(Tuple tuple, Fault fault) {
    List<Pickled> parts = tuple.items;
    String scheme =
        !parts.isEmpty() && parts.getFirst() instanceof Name name ? name.full() : "no scheme";
    return switch (scheme) {
      case AllowedNames.PER_TENSOR -> whole(parts, fault);
      case AllowedNames.PER_CHANNEL -> channels(parts, false, fault);
      case AllowedNames.PER_CHANNEL_FLOAT -> channels(parts, true, fault);
      default -> throw fault.refused("a tensor is quantized by %s", Fault.quote(scheme));
    };
  }

  private static Grid whole(List<Pickled> parts, Fault fault) {
    if (parts.size() != 3 || !(parts.get(1) instanceof Real scale)) {
      throw fault.broken("a quantized tensor has no scale");
    }
    if (!(scale.value() > 0) || Double.isInfinite(scale.value())) {
      throw fault.broken("a quantized tensor's scale is %s", scale.value());
    }
    long zero = CallRules.whole(parts.get(2), "a zero point", fault);
    if (zero < Integer.MIN_VALUE || zero > Integer.MAX_VALUE) {
      throw fault.broken("a quantized tensor's zero point is %d", zero);
    }
    return new Grid.Whole(scale.value(), zero);
  }

  private static Grid channels(List<Pickled> parts, boolean real, Fault fault) {
    if (parts.size() != 4
        || !(parts.get(1) instanceof Call scales)
        || !(parts.get(2) instanceof Call zeros)) {
      throw fault.broken("a tensor quantized by channel has no scales");
    }
    TensorForm scale = TensorForm.of(scales, fault);
    TensorForm zero = TensorForm.of(zeros, fault);
    if (scale.shape().rank() != 1
        || !scale.shape().equals(zero.shape())
        || !scale.dtype().isFloatingPoint()
        || zero.dtype() != (real ? scale.dtype() : DType.INT64)) {
      throw fault.broken("scales and zero points by channel do not fit each other");
    }
    return new Grid.Channels(scales, zeros, CallRules.natural(parts.get(3), "axis", fault), real);
  }

  /// Channels must be as many as the tensor has along their axis.
  static void checkChannels(TensorForm form, Fault fault) {
    if (form.grid() instanceof Grid.Channels channels) {
      long count = TensorForm.of((Call) channels.scales(), fault).shape().numel();
      boolean within = channels.axis() < form.shape().rank();
      if (!within || form.shape().dims()[(int) channels.axis()] != count) {
        throw fault.broken(
            "%d scales along dimension %d of a tensor of shape %s",
            count, channels.axis(), form.shape());
      }
    }
  }
}
