package dev.microtome.bench.golden;

import dev.microtome.lowbit.HqqCheckpoint;
import dev.microtome.lowbit.HqqLayer;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.LowBitLinear;
import dev.microtome.lowbit.PackedWeight;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// HQQ's linear layer: quantizing, the encoded state dict in JSON and in the safetensors files
/// beside it, forward and backward.
final class HqqLinearGoldens {
  private HqqLinearGoldens() {}

  static void check(Path file, JsonNode one, String what, Comparison found) {
    DType compute = DType.named(one.path("compute_dtype").asString());
    Map<String, Tensor> encoded = entries(one.path("encoded_state_dict"));
    HqqLayer read = HqqLayer.read(one.path("name").asString(), encoded);
    compare(what + "written ", encoded, read.entries(), found);
    quantized(one, compute, what, found);
    passes(one, compute, read.layer(), what, found);
    for (Path checkpoint : checkpoints(file)) {
      HqqCheckpoint stored = HqqCheckpoint.read(checkpoint);
      for (HqqLayer layer : stored.layers().values()) {
        if (isSame(layer.weight(), read.weight())) {
          compare(what + checkpoint.getFileName() + " ", encoded, layer.entries(), found);
          found.equal(what + "tensors beside the layer", 0, stored.others().size());
        }
      }
    }
  }

  private static Map<String, Tensor> entries(JsonNode encoded) {
    var entries = new LinkedHashMap<String, Tensor>();
    encoded
        .properties()
        .forEach(entry -> entries.put(entry.getKey(), JsonTensors.tensor(entry.getValue())));
    return entries;
  }

  private static void compare(
      String what, Map<String, Tensor> expected, Map<String, Tensor> actual, Comparison found) {
    found.equal(what + "names", expected.keySet(), actual.keySet());
    expected.forEach((name, tensor) -> {
      Tensor other = actual.get(name);
      if (other != null) {
        found.same(what + name, tensor, other);
      }
    });
  }

  private static boolean isSame(PackedWeight a, PackedWeight b) {
    return a.packed().shape().equals(b.packed().shape())
        && a.packed().eq(b.packed()).all().item() != 0;
  }

  private static List<Path> checkpoints(Path golden) {
    try (Stream<Path> beside = Files.list(golden.toAbsolutePath().getParent())) {
      return beside
          .filter(path -> path.getFileName().toString().endsWith(".safetensors"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list the folder of " + golden, e);
    }
  }

  private static void quantized(JsonNode one, DType compute, String what, Comparison found) {
    JsonNode config = one.path("config");
    LowBit settings =
        LowBit.bits(config.path("nbits").doubleValue())
            .groupSize(config.path("group_size").longValue())
            .axis(config.path("axis").intValue())
            .values(compute)
            .solver(QuantizeGoldens.solver(config));
    PackedWeight weight = settings.quantize(JsonTensors.tensor(one.path("W")));
    found.same(what + "W_q", JsonTensors.tensor(one.path("W_q_packed")), weight.packed());
    found.same(
        what + "meta_scale", JsonTensors.tensor(one.path("meta_scale")), weight.scale().tensor());
    found.same(
        what + "meta_zero", JsonTensors.tensor(one.path("meta_zero")), weight.zero().tensor());
    found.same(
        what + "W_dequant", JsonTensors.tensor(one.path("W_dequant")), weight.dequantize(compute));
  }

  private static void passes(
      JsonNode one, DType compute, LowBitLinear layer, String what, Comparison found) {
    double tolerance = compute == DType.FLOAT32 ? 1e-5 : compute == DType.FLOAT64 ? 1e-12 : 2e-3;
    Tensor x = JsonTensors.tensor(one.path("x")).requiresGrad_(true);
    Tensor y = layer.apply(x);
    y.backward(JsonTensors.tensor(one.path("grad_y")), false, false);
    found.scaled(what + "y", JsonTensors.tensor(one.path("y_f64")), y, tolerance);
    found.scaled(what + "grad_x", JsonTensors.tensor(one.path("grad_x_f64")), x.grad(), tolerance);
  }
}
