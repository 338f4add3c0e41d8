package dev.microtome.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WriterTest {
  private static final Path FILES = Path.of("src/test/resources/formats/written-elsewhere");

  @TempDir Path dir;

  private static SafetensorsWriter.Item item(String name, StoredType type, long... shape) {
    var dims = new Shape(shape);
    long bits = dims.numel() * type.bits();
    byte[] data = new byte[(int) (bits / 8)];
    new Random(name.hashCode()).nextBytes(data);
    return new SafetensorsWriter.Item(name, type, dims, () -> MemorySegment.ofArray(data));
  }

  private Path write(List<SafetensorsWriter.Item> items, Map<String, String> metadata) {
    var file = dir.resolve("out.safetensors");
    SafetensorsWriter.write(file, items, metadata);
    return file;
  }

  @Test
  void every_type_comes_back_as_it_went() {
    var items = new ArrayList<SafetensorsWriter.Item>();
    for (var type : StoredType.values()) items.add(item("t." + type, type, 2, 4));
    items.add(item("scalar", StoredType.F32));
    items.add(item("empty", StoredType.F16, 3, 0));
    try (var file = Safetensors.open(write(items, Map.of("format", "pt")))) {
      assertThat(file.names()).hasSize(items.size()).startsWith("t.U64", "t.I64", "t.F64");
      for (var item : items) {
        assertThat(file.info(item.name()).type()).isEqualTo(item.type());
        assertThat(file.bytes(item.name()).mismatch(item.data().get())).isEqualTo(-1);
      }
    }
  }

  @Test
  void the_order_in_which_tensors_are_given_does_not_show() throws IOException {
    var items = new ArrayList<SafetensorsWriter.Item>();
    for (var name : List.of("ﬀ", "😀", "a", "a.b", "")) items.add(item(name, StoredType.F32, 3));
    items.add(item("z", StoredType.I64, 1));
    var metadata = Map.of("b", "1", "a", "2", "c", "\"\\\n\u0001/é");
    byte[] first = Files.readAllBytes(write(items, metadata));
    Collections.reverse(items);
    assertThat(Files.readAllBytes(write(items, metadata))).isEqualTo(first);
    assertThat(new String(first, 8, 80, StandardCharsets.UTF_8))
        .startsWith(
            "{\"__metadata__\":{\"a\":\"2\",\"b\":\"1\",\"c\":\"\\\"\\\\\\n\\u0001/é\"},\"z\":");
    try (var file = Safetensors.open(dir.resolve("out.safetensors"))) {
      assertThat(file.names()).containsExactly("z", "", "a", "a.b", "ﬀ", "😀");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm-tied-bf16", "adapter"})
  void a_file_of_another_program_is_written_byte_for_byte(String name) throws IOException {
    var original = FILES.resolve(name + ".safetensors");
    try (var file = Safetensors.open(original)) {
      var items = new ArrayList<SafetensorsWriter.Item>();
      for (var tensor : file.names()) {
        var info = file.info(tensor);
        items.add(
            new SafetensorsWriter.Item(
                tensor, info.type(), info.shape(), () -> file.bytes(tensor)));
      }
      assertThat(write(items, file.metadata())).hasSameBinaryContentAs(original);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\0b", "\ud800", "__metadata__"})
  void a_name_no_reader_would_take_is_refused_and_nothing_is_written(String name) {
    assertThatThrownBy(() -> write(List.of(item(name, StoredType.U8, 1)), Map.of()))
        .isInstanceOf(SafetensorsException.class);
    assertThat(dir).isEmptyDirectory();
  }

  @Test
  void a_failed_write_leaves_the_old_file_and_no_litter() {
    var file = write(List.of(item("a", StoredType.U8, 4)), Map.of());
    var broken =
        new SafetensorsWriter.Item(
            "a",
            StoredType.U8,
            new Shape(4),
            () -> {
              throw new IllegalStateException("no data");
            });
    assertThatThrownBy(() -> write(List.of(broken), Map.of())).hasMessage("no data");
    assertThat(dir.toFile().list()).containsExactly("out.safetensors");
    try (var opened = Safetensors.open(file)) {
      assertThat(opened.bytes("a").byteSize()).isEqualTo(4);
    }
  }

  @Test
  void a_file_may_be_replaced_while_it_is_mapped() {
    var old = Safetensors.open(write(List.of(item("a", StoredType.U8, 4)), Map.of()));
    byte[] before = old.bytes("a").toArray(ValueLayout.JAVA_BYTE);
    write(List.of(item("b", StoredType.U8, 1)), Map.of());
    assertThat(old.bytes("a").toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
  }
}
