package dev.microtome.bench.golden;

import dev.microtome.lowbit.Nf4;
import dev.microtome.lowbit.Packing;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// Codes in bytes: HQQ's packings, the notebooks', and bitsandbytes' NF4.
final class PackingGoldens {
  private PackingGoldens() {}

  static void check(JsonNode one, String what, Comparison found) {
    Packing packing = Packing.named(one.path("packing").asString());
    Tensor codes = JsonTensors.tensor(one.path("W_q"));
    Tensor packed = packing.pack(codes);
    if (packing.fits(codes.size(0))) {
      found.same(what + "packed", JsonTensors.tensor(one.path("packed")), packed);
    } // else HQQ refuses or loses codes, where we add rows of zeros
    found.same(
        what + "unpacked",
        codes.to(DType.UINT8),
        packing.unpack(packed, codes.size(0), codes.size(1)));
    if (one.has("unpacked_rows") && packing == Packing.TENS) {
      long rows = one.path("unpacked_rows").longValue();
      found.equal(what + "unpacked_rows", rows, packed.size(0) * 10);
    }
    if (one.has("seed_packed")) {
      Tensor seed = Packing.CONSECUTIVE_TENS.pack(codes);
      found.equal(
          what + "seed_packed",
          Arrays.toString(ModelCase.longs(one.path("seed_packed"))),
          Arrays.toString(seed.toLongs()));
    }
    if (one.has("viewed_fp16_bit_patterns_int16")) {
      Tensor viewed = packed.view(DType.FLOAT16);
      found.equal(
          what + "viewed_shape",
          Arrays.stream(ModelCase.longs(one.path("viewed_shape")))
              .mapToObj(Long::toString)
              .collect(Collectors.joining(", ", "[", "]")),
          viewed.shape().toString());
      found.same(
          what + "viewed",
          JsonTensors.tensor(one.path("viewed_fp16_bit_patterns_int16")),
          viewed.view(DType.INT16));
    }
  }

  static void nf4(JsonNode one, String what, Comparison found) {
    Tensor weight = JsonTensors.tensor(one.path("W"));
    Nf4 nf4 = Nf4.quantize(weight, one.path("blocksize").longValue());
    found.same(what + "q", JsonTensors.tensor(one.path("q")), nf4.codes());
    found.same(what + "absmax", JsonTensors.tensor(one.path("absmax")), nf4.absmax());
    found.same(what + "packed", JsonTensors.tensor(one.path("packed")), nf4.packed());
    found.same(what + "W_dequant", JsonTensors.tensor(one.path("W_dequant")), nf4.dequantize());
  }
}
