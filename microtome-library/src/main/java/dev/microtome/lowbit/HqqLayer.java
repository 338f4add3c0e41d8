package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One layer of an HQQ checkpoint: the encoded state dict of its `HQQLinear`, in which every
/// setting is a tensor and every word a vector of ASCII codes.
///
/// @param weight codes, scales and zeros
/// @param bias (out), or null
/// @param compute the dtype HQQ computes in
/// @param roundZero whether the solver began with whole zeros; kept for writing
public record HqqLayer(
    PackedWeight weight, @Nullable Tensor bias, DType compute, boolean roundZero) {
  /// The entries that are numbers of the layer; the others are its settings.
  public static final Set<String> NUMBERS = numbers();

  private static final List<DType> COMPUTE =
      List.of(DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32, DType.FLOAT64);

  public HqqLayer {
    if (weight.role() != ZeroRole.POINT) {
      throw new IllegalArgumentException("HQQ's zeros are points, w = (q - zero) · scale");
    }
    if (!COMPUTE.contains(compute)) {
      throw new IllegalArgumentException("HQQ does not compute in " + compute);
    }
    if (!weight.packing().fits(weight.grouping().rows())) {
      throw new IllegalArgumentException(
          "HQQ can't unpack %d rows from '%s'; choose another group size"
              .formatted(weight.grouping().rows(), weight.packing().label()));
    }
  }

  private static Set<String> numbers() {
    var names = new LinkedHashSet<>(HqqValues.NUMBERS);
    names.addAll(List.of("W_q", "bias"));
    return Collections.unmodifiableSet(names);
  }

  /// Reads a layer's entries, without the path before their names.
  ///
  /// @param path of the layer, for messages
  /// @throws IllegalArgumentException when an entry is missing or says something HQQ never writes;
  ///   text in the entries is compared with known words and never evaluated
  public static HqqLayer read(String path, Map<String, ? extends Tensor> entries) {
    var in = new HqqEntries(path, entries);
    return in.checked(() -> {
      var packing = Packing.named(in.text("packing"));
      var shape = new Shape(in.tensor("shape").toLongs());
      var grouping =
          new Grouping(shape, in.whole("group_size"), (int) in.whole("axis"), in.flag("padded"));
      var weight =
          new PackedWeight(
              in.codes(packing),
              in.width(packing),
              packing,
              grouping,
              HqqValues.read(in, "scale", grouping),
              HqqValues.read(in, "zero", grouping),
              ZeroRole.POINT);
      if (!weight.packed().device().equals(Device.META)) {
        weight.checkNumbers();
      }
      var compute = in.dtype("compute_dtype", COMPUTE);
      return new HqqLayer(weight, entries.get("bias"), compute, in.flag("round_zero"));
    });
  }

  /// The layer's entries as HQQ writes them. What it does not save, quantized scales and zeros and
  /// padded groups, has entries of its own, which it would refuse or not know.
  public Map<String, Tensor> entries() {
    var all = new LinkedHashMap<String, Tensor>();
    all.put("W_q", weight.packed());
    all.put("nbits", bits());
    all.put("group_size", number(weight.grouping().size()));
    all.put("shape", Tensor.of(weight.grouping().shape().dims()));
    HqqValues.write(all, "scale", weight.scale(), compute);
    HqqValues.write(all, "zero", weight.zero(), compute);
    all.put("axis", number(weight.grouping().axis()));
    all.put("packing", text(weight.packing().label()));
    all.put("unpack_view_dtype", text(weight.packing().dtype().toString()));
    all.put("view_as_float", flag(false));
    all.put("quant_scale", flag(HqqValues.areQuantized(weight.scale())));
    all.put("quant_zero", flag(HqqValues.areQuantized(weight.zero())));
    all.put("compute_dtype", text(compute.toString()));
    if (bias != null) {
      all.put("bias", bias.to(compute));
    }
    all.put("offload_meta", flag(false));
    all.put("encoded_state_dict", flag(true));
    all.put("stores_quant_config", flag(true));
    all.put("channel_wise", flag(true));
    all.put("optimize", flag(true));
    all.put("round_zero", flag(roundZero));
    if (weight.grouping().padded()) {
      all.put("padded", flag(true));
    }
    return all;
  }

  private Tensor bits() {
    return weight.bits() == BitWidth.TERNARY
        ? Tensor.scalar(weight.bits().bits(), DType.FLOAT32)
        : number((long) weight.bits().bits());
  }

  private static Tensor number(long value) {
    return Tensor.scalar(value, DType.INT32);
  }

  private static Tensor flag(boolean on) {
    return Tensor.scalar(on ? 1 : 0, DType.UINT8);
  }

  private static Tensor text(String text) {
    return Tensor.from(text.getBytes(StandardCharsets.US_ASCII), text.length()).to(DType.UINT8);
  }

  /// A linear layer over this weight.
  public LowBitLinear layer() {
    return new LowBitLinear(weight, bias);
  }
}
