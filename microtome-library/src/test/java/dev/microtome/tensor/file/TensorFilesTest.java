package dev.microtome.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorFilesTest {
  @TempDir Path dir;

  private Path write(Map<String, Tensor> tensors) {
    var file = dir.resolve("out.safetensors");
    Safetensors.write(file, tensors, Map.of("format", "pt"));
    return file;
  }

  private Tensor roundTrip(Tensor tensor) {
    try (var file = Safetensors.open(write(Map.of("x", tensor)))) {
      return file.tensor("x");
    }
  }

  @Test
  void every_dtype_comes_back_as_it_went() {
    var tensors = new LinkedHashMap<String, Tensor>();
    for (var type : StoredType.values()) {
      var dtype = type.dtype();
      if (dtype != null) tensors.put(type.name(), Tensor.arange(6).reshape(2, 3).to(dtype));
    }
    assertThat(tensors).hasSize(19);
    try (var file = Safetensors.open(write(tensors))) {
      tensors.forEach((name, tensor) -> {
        var read = file.tensor(name);
        assertThat(read.dtype()).isEqualTo(tensor.dtype());
        assertThat(read.shape()).isEqualTo(new Shape(2, 3));
        assertThat(read.dense().segment().mismatch(tensor.dense().segment())).isEqualTo(-1);
      });
    }
  }

  @Test
  void scalars_and_empty_tensors_keep_their_shape() {
    assertThat(roundTrip(Tensor.full(new Shape(), 7.5)).item()).isEqualTo(7.5);
    assertThat(roundTrip(Tensor.zeros(3, 0, 2)).shape()).isEqualTo(new Shape(3, 0, 2));
  }

  @Test
  void a_tensor_is_a_view_of_the_mapping_and_outlives_the_reader() {
    var path = write(Map.of("x", Tensor.arange(1000).to(DType.FLOAT32)));
    Tensor part;
    try (var file = Safetensors.open(path)) {
      var whole = file.tensor("x");
      assertThat(whole.dense().segment().address()).isEqualTo(file.bytes("x").address());
      part = whole.narrow(0, 500, 3);
      whole.close();
    }
    collectGarbage();
    assertThat(part.toFloats()).containsExactly(500, 501, 502);
  }

  /// Unmapping waits for the collector; a few rounds make a dangling view show itself.
  private static void collectGarbage() {
    for (int i = 0; i < 5; i++) {
      System.gc();
      assertThat(new byte[1 << 20]).hasSize(1 << 20);
    }
  }

  @Test
  void writing_into_a_tensor_leaves_the_file_alone() throws IOException {
    var path = write(Map.of("x", Tensor.zeros(4)));
    byte[] before = Files.readAllBytes(path);
    try (var file = Safetensors.open(path)) {
      file.tensor("x").fill_(5);
      assertThat(file.tensor("x").toFloats()).containsExactly(5, 5, 5, 5);
    }
    assertThat(path).hasBinaryContent(before);
    try (var file = Safetensors.open(path)) {
      assertThat(file.tensor("x").toFloats()).containsExactly(0, 0, 0, 0);
    }
  }

  @Test
  void every_way_into_memory_shows_the_file_and_takes_writes() throws IOException {
    var path = write(Map.of("x", Tensor.ones(4)));
    byte[] bytes = Files.readAllBytes(path);
    for (var memory :
        List.of(FileMapping.map(path), FileMapping.mapPrivate(path), FileMapping.copy(path))) {
      assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes);
      memory.set(ValueLayout.JAVA_BYTE, 0, (byte) 99);
    }
    assertThat(path).hasBinaryContent(bytes);
  }

  @Test
  void a_read_only_file_with_an_unusual_name_is_read_like_any_other() throws IOException {
    var path = dir.resolve("with blanks & more.safetensors");
    Files.move(write(Map.of("x", Tensor.ones(2))), path);
    assertThat(path.toFile().setWritable(false)).isTrue();
    try (var file = Safetensors.open(path)) {
      assertThat(file.tensor("x").mul_(3).toFloats()).containsExactly(3, 3);
    }
  }

  @Test
  void a_tensor_at_an_odd_address_is_copied() {
    String header =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
            + "\"b\":{\"dtype\":\"I32\",\"shape\":[2],\"data_offsets\":[1,9]}}";
    try (var file = Safetensors.open(FileBytes.write(dir, header, 9))) {
      assertThat(file.tensor("b").toInts()).containsExactly(0x04030201, 0x08070605);
    }
  }

  @Test
  void a_boolean_byte_that_is_not_0_or_1_is_true() {
    String header = "{\"a\":{\"dtype\":\"BOOL\",\"shape\":[4],\"data_offsets\":[0,4]}}";
    try (var file = Safetensors.open(FileBytes.write(dir, header, 4))) {
      assertThat(file.tensor("a").toBytes()).containsExactly(0, 1, 1, 1);
    }
  }

  @Test
  void a_type_no_tensor_can_hold_is_refused_alone() {
    String header =
        "{\"a\":{\"dtype\":\"F4\",\"shape\":[4],\"data_offsets\":[0,2]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}";
    try (var file = Safetensors.open(FileBytes.write(dir, header, 3))) {
      assertThatThrownBy(() -> file.tensor("a"))
          .isInstanceOf(SafetensorsException.class)
          .hasMessageContainingAll("tensor \"a\"", "F4", "bytes(name)");
      assertThat(file.bytes("a").byteSize()).isEqualTo(2);
      assertThat(file.tensor("b").toBytes()).containsExactly(2);
    }
  }

  @Test
  void a_shape_no_tensor_can_have_is_refused_alone() {
    String many = "1,".repeat(100) + "1";
    String far = "0,9223372036854775807,9223372036854775807";
    for (var shape : new String[] {many, far}) {
      long end = shape.equals(many) ? 1 : 0;
      String header =
          "{\"a\":{\"dtype\":\"U8\",\"shape\":[%s],\"data_offsets\":[0,%d]}}".formatted(shape, end);
      try (var file = Safetensors.open(FileBytes.write(dir, header, (int) end))) {
        assertThatThrownBy(() -> file.tensor("a")).isInstanceOf(SafetensorsException.class);
      }
    }
  }

  @Test
  void what_lies_scattered_or_lazily_is_written_as_it_reads() {
    var table = Tensor.arange(6).reshape(2, 3);
    assertThat(roundTrip(table.t()).toLongs()).containsExactly(0, 3, 1, 4, 2, 5);
    var both = new LinkedHashMap<String, Tensor>();
    both.put("one", table);
    both.put("two", table);
    try (var file = Safetensors.open(write(both))) {
      assertThat(file.tensor("one").equal(file.tensor("two"))).isTrue();
    }
    var complex = Ops.tensor("aten::complex", Tensor.ones(1), Tensor.ones(1));
    var conjugate = Ops.tensor("aten::conj", complex);
    var imaginary = Ops.tensor("aten::imag", conjugate);
    assertThat(roundTrip(imaginary).toFloats()).containsExactly(-1);
    assertThat(Ops.tensor("aten::imag", roundTrip(conjugate)).toFloats()).containsExactly(-1);
  }

  @Test
  void what_has_no_numbers_or_no_stored_form_is_refused_and_nothing_is_written() {
    var meta = Device.META.run(() -> Tensor.zeros(2));
    assertThatThrownBy(() -> write(Map.of("x", meta)))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContainingAll("tensor \"x\"", "meta device");
    assertThatThrownBy(() -> write(Map.of("x", Tensor.zeros(2).to(DType.COMPLEX128))))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("torch.complex128");
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void tensors_are_dense_even_where_meta_is_the_default() {
    var path = write(Map.of("x", Tensor.zeros(0), "y", Tensor.ones(1)));
    var tensors =
        Device.META.run(() -> {
          try (var file = Safetensors.open(path)) {
            return file.tensors();
          }
        });
    assertThat(tensors.values()).allMatch(t -> t.device().equals(Device.CPU));
  }
}
