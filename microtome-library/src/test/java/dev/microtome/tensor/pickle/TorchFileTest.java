package dev.microtome.tensor.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.TorchException;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TorchFileTest {
  @TempDir Path dir;

  @ParameterizedTest
  @MethodSource("dev.microtome.tensor.pickle.PickleFiles#bad")
  void a_bad_file_is_refused_and_the_error_says_where(String name) {
    Path file = PickleFiles.file(name);
    assertThatThrownBy(() -> TorchFile.open(file))
        .isInstanceOf(TorchFileException.class)
        .hasMessageStartingWith(file + ", byte ");
    assertThat(Path.of("/tmp/dynquant_pwned_visible")).doesNotExist();
  }

  @ParameterizedTest
  @MethodSource("dev.microtome.tensor.pickle.PickleFiles#good")
  void a_good_file_is_read_whole(String name) {
    try (var file = TorchFile.open(PickleFiles.file(name))) {
      assertThat(file.value()).isNotNull();
    }
  }

  @ParameterizedTest
  @MethodSource("dev.microtome.tensor.pickle.PickleFiles#byPyTorch")
  void what_pytorch_wrote_is_written_again_byte_for_byte(String name) throws IOException {
    Path again = dir.resolve("again");
    try (var file = TorchFile.open(PickleFiles.file(name))) {
      file.rewrite(again);
    }
    assertThat(again).hasSameBinaryContentAs(PickleFiles.file(name));
  }

  @Test
  void a_state_dict_of_ones_own_is_written_as_pytorch_writes_it() {
    Path written = dir.resolve("lstm_float.pth");
    try (var file = TorchFile.open(PickleFiles.file("lstm_float.pth"))) {
      TorchFile.writeStateDict(written, file.tensors(), file.versions());
    }
    assertThat(written).hasSameBinaryContentAs(PickleFiles.file("lstm_float.pth"));
  }

  @Test
  void views_that_shared_a_storage_share_it_again_also_after_writing() {
    Path written = dir.resolve("shared_storage.pth");
    try (var file = TorchFile.open(PickleFiles.file("shared_storage.pth"))) {
      Map<String, Tensor> all = file.tensors();
      all.get("whole").select(0, 3).fill_(100);
      assertThat(all.get("expanded").toDoubles()).containsExactly(100, 100, 100);
      assertThat(all.get("strided").dense().strides()).containsExactly(5);
      TorchFile.write(written, all);
    }
    try (var file = TorchFile.open(written)) {
      file.tensor("whole").select(0, 3).fill_(7);
      assertThat(file.tensor("expanded").toDoubles()).containsExactly(7, 7, 7);
    }
    assertThat(written.toFile().length()).isLessThan(3000);
  }

  @Test
  void values_of_every_kind_come_back() {
    Path file = dir.resolve("values.pth");
    var value = new LinkedHashMap<String, Object>();
    value.put("text", "hällo 世界");
    value.put("numbers", List.of(-1L, 255L, 65536L, 1L << 40, 0.5));
    value.put("big", BigInteger.TWO.pow(70).negate());
    value.put("tuple", TupleValue.of(1L, "a", null, true));
    value.put("shape", new Shape(2, 3));
    value.put("dtype", DType.BFLOAT16);
    value.put("device", Device.CPU);
    value.put("ids", Map.of(3L, "three"));
    TorchFile.write(file, value);
    try (var read = TorchFile.open(file)) {
      assertThat(read.value()).isEqualTo(value);
    }
  }

  @Test
  void long_containers_are_written_in_batches_and_read_back() {
    Path file = dir.resolve("long.pth");
    var map = new LinkedHashMap<Long, Object>();
    for (long i = 0; i < 2000; i++) map.put(i, List.of(i));
    TorchFile.write(file, map);
    try (var read = TorchFile.open(file)) {
      assertThat(read.value()).isEqualTo(map);
    }
  }

  @Test
  void every_element_type_comes_back() {
    var tensors = new LinkedHashMap<String, Tensor>();
    for (DType dtype : DType.values()) {
      if (dtype.isQuantized() || dtype == DType.COMPLEX32) continue;
      tensors.put(dtype.label(), Tensor.of(0.0, 1.0, 2.0, 0.5).to(dtype));
    }
    Path file = dir.resolve("types.pth");
    TorchFile.write(file, tensors);
    try (var read = TorchFile.open(file)) {
      read.tensors()
          .forEach((name, tensor) -> {
            assertThat(tensor.dtype().label()).isEqualTo(name);
            assertThat(bytes(tensor)).isEqualTo(bytes(tensors.get(name)));
          });
      assertThat(read.names()).hasSameSizeAs(tensors.keySet());
    }
  }

  private static byte[] bytes(Tensor tensor) {
    return tensor.dense().segment().toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
  }

  @Test
  void quantized_tensors_keep_their_grid() {
    Tensor x = Tensor.of(-1.0, 0.25, 0.5, 2.0).to(DType.FLOAT32).reshape(2, 2);
    Tensor whole = Ops.tensor("aten::quantize_per_tensor", x, 0.05, 3, DType.QUINT8);
    Tensor scales = Tensor.of(0.1, 0.2).to(DType.FLOAT64);
    Tensor zeros = Tensor.zeros(new Shape(2), DType.INT64);
    Tensor rows = Ops.tensor("aten::quantize_per_channel", x, scales, zeros, 0, DType.QINT8);
    Path file = dir.resolve("q.pth");
    TorchFile.write(file, Map.of("whole", whole, "rows", rows));
    try (var read = TorchFile.open(file)) {
      for (var pair : Map.of("whole", whole, "rows", rows).entrySet()) {
        Tensor back = read.tensor(pair.getKey());
        assertThat(back.dtype()).isEqualTo(pair.getValue().dtype());
        assertThat(Ops.tensor("aten::dequantize", back).toDoubles())
            .isEqualTo(Ops.tensor("aten::dequantize", pair.getValue()).toDoubles());
      }
    }
  }

  @Test
  void four_bit_tensors_keep_their_numbers() {
    Tensor x = Tensor.randn(3, 5);
    Tensor scales = Tensor.of(0.2, 0.3, 0.4).to(DType.FLOAT32);
    Tensor zeros = Tensor.of(7.0, 6.5, 8.0).to(DType.FLOAT32);
    Tensor rows = Ops.tensor("aten::quantize_per_channel", x, scales, zeros, 0, DType.QUINT4X2);
    Path file = dir.resolve("q4.pth");
    TorchFile.write(file, Map.of("rows", rows));
    try (var read = TorchFile.open(file)) {
      assertThat(Ops.tensor("aten::dequantize", read.tensor("rows")).toDoubles())
          .isEqualTo(Ops.tensor("aten::dequantize", rows).toDoubles());
    }
  }

  @Test
  void a_nested_checkpoint_is_no_state_dict_but_can_be_had_as_values() {
    try (var file = TorchFile.open(PickleFiles.file("nested.pth"))) {
      assertThatThrownBy(file::tensors)
          .isInstanceOf(TorchFileException.class)
          .hasMessageContaining("\"epoch\"");
      assertThat(((Map<?, ?>) file.value()).get("epoch")).isEqualTo(5L);
    }
  }

  @Test
  void what_has_no_form_in_a_checkpoint_is_refused_before_a_file_appears() {
    Path file = dir.resolve("none.pth");
    assertThatThrownBy(() -> TorchFile.write(file, Map.of("x", Thread.currentThread())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.lang.Thread");
    Tensor meta = Device.META.run(() -> Tensor.zeros(2));
    assertThatThrownBy(() -> TorchFile.write(file, Map.of("x", meta)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(file).doesNotExist();
  }

  @Test
  void a_file_is_replaced_in_one_step_while_others_still_read_it() {
    Path file = dir.resolve("weights.pth");
    TorchFile.write(file, Map.of("x", Tensor.ones(1000)));
    try (var old = TorchFile.open(file)) {
      TorchFile.write(file, Map.of("y", Tensor.zeros(1)));
      assertThat(old.tensors().get("x").toFloats()).containsOnly(1f);
    }
    try (var now = TorchFile.open(file)) {
      assertThat(now.tensors()).containsOnlyKeys("y");
    }
    assertThat(dir.toFile().list()).containsExactly("weights.pth"); // and no draft beside it
  }

  @Test
  void other_files_are_refused() throws IOException {
    Path file = Files.writeString(dir.resolve("text.pth"), "weights, honestly");
    assertThatThrownBy(() -> TorchFile.open(file)).isInstanceOf(TorchFileException.class);
    Path empty = Files.createFile(dir.resolve("empty.pth"));
    assertThatThrownBy(() -> TorchFile.open(empty)).isInstanceOf(TorchFileException.class);
    assertThatThrownBy(() -> TorchFile.open(dir.resolve("missing.pth")))
        .isInstanceOf(TorchFileException.class);
  }

  @Test
  void damaged_files_are_read_or_refused() throws IOException {
    byte[] good = Files.readAllBytes(PickleFiles.file("ok_torch_save_legacy.bin"));
    byte[] zipped = Files.readAllBytes(PickleFiles.file("qtensors.pth"));
    var random = new java.util.Random(5);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      byte[] bad = (i % 3 == 0 ? zipped : good).clone();
      for (int edits = random.nextInt(3); edits >= 0; edits--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
      }
      if (i % 7 == 0) bad = Arrays.copyOf(bad, random.nextInt(bad.length));
      Path file = dir.resolve("m" + i);
      Files.write(file, bad);
      try (var read = TorchFile.open(file)) {
        read.value();
      } catch (TorchFileException | TorchException e) {
        refused++;
      }
      Files.delete(file);
    }
    assertThat(refused).isBetween(1500, 2999);
  }
}
