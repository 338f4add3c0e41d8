package dev.microtome.lowbit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HqqCheckpointTest {
  private static final String PATH = "model.layers.0.self_attn.q_proj";

  private static Path recorded() throws URISyntaxException {
    var url = HqqCheckpointTest.class.getResource("hqq_linear_b4_g64_a1_fp32.safetensors");
    return Path.of(Objects.requireNonNull(url).toURI());
  }

  private static Map<String, Tensor> entries() throws URISyntaxException {
    var layer = Objects.requireNonNull(HqqCheckpoint.read(recorded()).layers().get(PATH));
    return new LinkedHashMap<>(layer.entries());
  }

  private static Tensor text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    return Tensor.from(bytes, bytes.length).to(DType.UINT8);
  }

  @Test
  void a_checkpoint_of_hqq_is_written_byte_for_byte(@TempDir Path folder) throws Exception {
    HqqCheckpoint checkpoint = HqqCheckpoint.read(recorded());
    assertThat(checkpoint.layers().keySet()).containsExactly(PATH);
    assertThat(checkpoint.others()).isEmpty();
    checkpoint.write(folder.resolve("again.safetensors"));
    HqqCheckpoint again = HqqCheckpoint.read(folder.resolve("again.safetensors"));
    assertThat(Files.size(folder.resolve("again.safetensors"))).isEqualTo(Files.size(recorded()));
    again
        .tensors()
        .forEach((name, tensor) -> {
          Tensor first = Objects.requireNonNull(checkpoint.tensors().get(name));
          assertThat(tensor.dtype()).as(name).isEqualTo(first.dtype());
          assertThat(tensor.toDoubles()).as(name).isEqualTo(first.toDoubles());
        });
  }

  @Test
  void every_width_comes_back() {
    Torch.manualSeed(1);
    for (BitWidth width : BitWidth.values()) {
      PackedWeight weight =
          LowBit.bits(width.bits()).groupSize(8).axis(0).quantize(Tensor.randn(8, 16));
      var layer = new HqqLayer(weight, null, DType.FLOAT16, false);
      HqqLayer again = HqqLayer.read("a", layer.entries());
      assertThat(again.weight().bits()).isEqualTo(width);
      assertThat(again.weight().dequantize().toFloats()).isEqualTo(weight.dequantize().toFloats());
      assertThat(again.bias()).isNull();
    }
  }

  @Test
  void quantized_scales_and_padded_groups_come_back() {
    Torch.manualSeed(1);
    Tensor weight = Tensor.randn(9, 17);
    for (ValueCoding coding : new ValueCoding[] {new ValueCoding(4), ValueCoding.WHOLE}) {
      LowBit settings = LowBit.bits(3).groupSize(8).padded(true).codedValues(coding, coding);
      PackedWeight packed = settings.quantize(weight);
      Map<String, Tensor> entries = new HqqLayer(packed, null, DType.FLOAT16, false).entries();
      PackedWeight again = HqqLayer.read("a", entries).weight();
      assertThat(again.bytes()).isEqualTo(packed.bytes());
      assertThat(again.dequantize().toFloats()).isEqualTo(packed.dequantize().toFloats());
    }
  }

  @Test
  void codes_stored_as_floats_are_looked_at_as_codes() throws Exception {
    Map<String, Tensor> entries = entries();
    HqqLayer plain = HqqLayer.read("a", entries);
    entries.put("W_q", plain.weight().packed().view(DType.FLOAT16));
    entries.put("view_as_float", Tensor.scalar(1, DType.UINT8));
    assertThat(HqqLayer.read("a", entries).weight().packed().toLongs())
        .isEqualTo(plain.weight().packed().toLongs());
  }

  @Test
  void text_is_compared_and_never_evaluated() throws Exception {
    Map<String, Tensor> entries = entries();
    entries.put("compute_dtype", text("__import__('os').getcwd()"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HqqLayer.read(PATH, entries))
        .withMessage(
            "the HQQ layer %s: 'compute_dtype' is '__import__('os').getcwd()', not one of"
                    .formatted(PATH)
                + " torch.float16, torch.bfloat16, torch.float32, torch.float64");
  }

  @Test
  void layers_that_do_not_add_up_are_refused_by_name() throws Exception {
    refused("W_q", null, "has no 'W_q'");
    refused("W_q", Tensor.zeros(8, 64), "16 x 64 codes packed as '4bit_u8' are uint8[8, 64]");
    refused("packing", text("9bit"), "'9bit' is no packing");
    refused("packing", text("2bit_u8"), "codes of 4 bits do not fit");
    refused("nbits", Tensor.scalar(7, DType.INT32), "weights of 7.0 bits");
    refused("group_size", Tensor.scalar(63, DType.INT32), "groups of 63 do not divide");
    refused("group_size", Tensor.scalar(0, DType.INT32), "at least 1 number");
    refused("axis", Tensor.scalar(2, DType.INT32), "axis must be 0 or 1");
    refused("axis", Tensor.of(1, 1), "'axis' must be one number");
    refused("shape", Tensor.of(16, -64), "negative");
    refused("shape", Tensor.of(1L << 40, 1L << 40), "");
    refused("scale", Tensor.zeros(16, 2), "the scale of 16 groups along axis 1");
    refused("quant_scale", Tensor.scalar(1, DType.UINT8), "has no 'scale_q'");
    refused("unpack_view_dtype", text("torch.int32"), "'unpack_view_dtype' is torch.int32");
    refused("unpack_view_dtype", Tensor.zeros(1000), "must be a word in ASCII codes");
  }

  private static void refused(
      String entry, @org.jspecify.annotations.Nullable Tensor bad, String why) throws Exception {
    Map<String, Tensor> entries = entries();
    if (bad == null) {
      entries.remove(entry);
    } else {
      entries.put(entry, bad);
    }
    assertThatIllegalArgumentException()
        .as(entry)
        .isThrownBy(() -> HqqLayer.read(PATH, entries))
        .withMessageStartingWith("the HQQ layer " + PATH)
        .withMessageContaining(why);
  }

  @Test
  void numbers_no_solver_gives_are_refused() {
    Tensor weight = Tensor.randn(8, 16);
    for (double bits : new double[] {6, 5, 1.58}) {
      var layer =
          new HqqLayer(LowBit.bits(bits).groupSize(8).quantize(weight), null, DType.FLOAT16, false);
      var entries = new LinkedHashMap<>(layer.entries());
      entries.put("W_q", layer.weight().packed().copy().fill_(255));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> HqqLayer.read(PATH, entries))
          .withMessageStartingWith("the HQQ layer " + PATH + ": a code is ");
      entries.put("W_q", layer.weight().packed());
      entries.put("zero", layer.entries().get("zero").div(0));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> HqqLayer.read(PATH, entries))
          .withMessage("the HQQ layer %s: the zero of a group is NaN or infinite", PATH);
    }
  }

  @Test
  void a_file_cut_or_changed_at_any_byte_is_refused_or_read(@TempDir Path folder) throws Exception {
    byte[] whole = Files.readAllBytes(recorded());
    int refused = 0;
    for (int i = 0; i < whole.length; i++) {
      byte[] changed = whole.clone();
      changed[i] ^= (byte) (1 << (i % 8));
      refused += isRefused(changed, folder.resolve("changed" + i)) ? 1 : 0;
      assertThat(isRefused(Arrays.copyOf(whole, i), folder.resolve("cut" + i)))
          .as("%d", i)
          .isTrue();
    }
    assertThat(refused).isBetween(500, whole.length - 500); // codes may be any
  }

  private static boolean isRefused(byte[] bytes, Path file) throws Exception {
    Files.write(file, bytes);
    try {
      HqqCheckpoint.read(file).layers().values().forEach(layer -> layer.weight().dequantize());
      return false;
    } catch (IllegalArgumentException refused) {
      return true;
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void what_hqq_could_not_read_is_not_written() {
    PackedWeight odd = LowBit.bits(4).groupSize(5).padded(true).quantize(Tensor.randn(3, 7));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HqqLayer(odd, null, DType.FLOAT16, false))
        .withMessageContaining("HQQ");
    PackedWeight rows = LowBit.bits(4).groupSize(7).quantize(Tensor.randn(3, 7));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new HqqLayer(rows, null, DType.FLOAT16, false))
        .withMessageContaining("can't unpack 3 rows");
  }
}
