package dev.microtome.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderRulesTest {
  @TempDir Path dir;

  private static final String GOOD = "{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}";

  private Safetensors open(String header, int dataBytes) {
    return Safetensors.open(FileBytes.write(dir, header, dataBytes));
  }

  private static String entry(String type, String shape, String offsets) {
    return "{\"a\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(type, shape, offsets);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "U8 | [4] | [0,4] | 5 | the rest belongs to nothing",
        "U8 | [4] | [0,4] | 3 | cut short",
        "U8 | [4] | [4,0] | 4 | before it begins",
        "U8 | [4] | [0] | 4 | data_offsets has 1 numbers",
        "U8 | [4] | [0,4,4] | 4 | data_offsets has 3 numbers",
        "U8 | [4] | [0,9223372036854775808] | 4 | above 2^63-1",
        "U8 | [-0] | [0,0] | 0 | negative number",
        "U8 | [1e0] | [0,1] | 1 | fraction or exponent",
        "U8 | [01] | [0,1] | 1 | not sound JSON",
        "U8 | [4,] | [0,4] | 4 | not sound JSON",
        "U8 | [null] | [0,1] | 1 | is null, not a whole number",
        "U8 | [[4]] | [0,4] | 4 | is an array",
        "U8 | 4 | [0,4] | 4 | is a whole number, not an array",
        "U8 | [NaN] | [0,4] | 4 | not sound JSON",
        "X9 | [4] | [0,4] | 4 | unknown dtype",
        "F64 | [9223372036854775807,9223372036854775807,0] | [0,0] | 0 | does not fit 64 bits",
        "F64 | [4611686018427387904] | [0,0] | 0 | does not fit 64 bits",
        "F6_E2M3 | [3] | [0,2] | 2 | whole number of bytes",
      })
  void a_lying_entry_is_refused(String type, String shape, String offsets, int data, String why) {
    assertThatThrownBy(() -> open(entry(type, shape, offsets), data))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContainingAll("own.safetensors, byte ", why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "F32 | [] | [0,4] | 4",
        "F32 | [0] | [0,0] | 0",
        "F32 | [0,9223372036854775807,9223372036854775807] | [0,0] | 0",
        "F4 | [2] | [0,1] | 1",
        "F6_E3M2 | [4] | [0,3] | 3",
        "C64 | [1] | [0,8] | 8",
        "F8_E8M0 | [1] | [0,1] | 1",
      })
  void a_sound_entry_is_taken(String type, String shape, String offsets, int data) {
    try (var file = open(entry(type, shape, offsets), data)) {
      assertThat(file.names()).containsExactly("a");
      assertThat(file.info("a").type()).isEqualTo(StoredType.named(type));
      assertThat(file.bytes("a").byteSize()).isEqualTo(data);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`{\"a\":E,\"a\":E}` | Duplicate",
        "`{\"a\":E,\"\\u0061\":E}` | Duplicate",
        "`{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}` | Duplicate",
        "`{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}` | Duplicate",
        "`{\"__metadata__\":{},\"__metadata__\":{}}` | Duplicate",
        "`{\"__metadata__\":null}` | __metadata__ is null",
        "`{\"\\ud800\":E}` | surrogate pair",
        "`{\"__metadata__\":{\"k\":\"\\udc00\"}}` | surrogate pair",
        "`{\"a\":E}{}` | only blanks",
        "`{\"a\":E}\t` | only blanks",
        "`[]` | begins with byte 0x5b",
        "`{\"a\":[\"U8\",[4],[0,4]]}` | the entry is an array",
        "`{\"a\":E // no\n}` | not sound JSON",
        "`{'a':E}` | not sound JSON",
      })
  void a_crooked_header_is_refused(String header, String why) {
    assertThatThrownBy(() -> open(header.replace("E", GOOD), 4))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContainingAll("own.safetensors, byte ", why);
  }

  @Test
  void an_empty_file_of_tensors_is_sound() {
    try (var file = open("{}", 0)) {
      assertThat(file.names()).isEmpty();
      assertThat(file.metadata()).isEmpty();
    }
  }

  @Test
  void names_may_be_any_unicode_and_unknown_keys_are_left_alone() {
    String header =
        "{ \"\": {\"x\":[{}, 1.5, null],\"shape\":[1],\"dtype\":\"U8\",\"data_offsets\":[4,5]},"
            + "\"Gewicht/../\\u0000\\ud83d\\ude00\":"
            + GOOD
            + "}  ";
    try (var file = open(header, 5)) {
      assertThat(file.names()).containsExactly("Gewicht/../\0😀", "");
      assertThat(file.bytes("").get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 4);
    }
  }

  @Test
  void empty_tensors_may_share_an_offset() {
    String empty = "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}";
    try (var file = open("{\"z\":%s,\"a\":%s,\"b\":%s}".formatted(empty, empty, GOOD), 4)) {
      assertThat(file.names()).containsExactly("b", "a", "z");
    }
  }

  @Test
  void other_encodings_are_refused() {
    byte[] utf16 = "{\"a\":1}".getBytes(StandardCharsets.UTF_16LE);
    assertThatThrownBy(() -> Safetensors.open(FileBytes.write(dir, FileBytes.of(utf16, 0))))
        .isInstanceOf(SafetensorsException.class);
    byte[] overlong = {'{', '"', (byte) 0xc0, (byte) 0xaf, '"', '}'};
    assertThatThrownBy(() -> Safetensors.open(FileBytes.write(dir, FileBytes.of(overlong, 0))))
        .hasMessageContainingAll("byte 10", "not UTF-8");
  }

  @Test
  void a_deep_header_is_refused_without_a_stack_overflow() {
    String deep = "{\"a\":{\"x\":" + "[".repeat(500_000) + "]".repeat(500_000) + "}}";
    assertThatThrownBy(() -> open(deep, 0)).isInstanceOf(SafetensorsException.class);
  }

  @Test
  void an_error_tells_file_byte_tensor_and_remedy() {
    assertThatThrownBy(() -> open(entry("F32", "[2, 2]", "[0,12]"), 12))
        .isInstanceOfSatisfying(
            SafetensorsException.class,
            e -> {
              assertThat(e.tensor()).isEqualTo("a");
              assertThat(e.offset()).isEqualTo(9);
              assertThat(e.file().getFileName()).hasToString("own.safetensors");
            })
        .hasMessageEndingWith(
            "own.safetensors, byte 9, tensor \"a\": shape [2, 2] of F32 needs 16 bytes, but"
                + " data_offsets hold 12; write the file again or fetch a fresh copy");
  }

  @Test
  void a_wrong_name_suggests_near_ones() {
    try (var file = open("{\"h.0.weight\":" + GOOD + "}", 4)) {
      assertThatThrownBy(() -> file.info("h.0.weigth"))
          .isInstanceOf(SafetensorsException.class)
          .hasMessageContaining("did you mean \"h.0.weight\"?");
    }
  }

  @Test
  void a_missing_file_and_a_directory_are_refused() {
    FileBytes.write(dir, "{}", 0);
    assertThatThrownBy(() -> Safetensors.open(dir.resolve("none.safetensors")))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContainingAll("none.safetensors", "no such file", "\"own.safetensors\"?");
    assertThatThrownBy(() -> Safetensors.open(dir.resolve("gone/none.safetensors")))
        .hasMessageContaining("the directory is missing too");
    assertThatThrownBy(() -> Safetensors.open(dir))
        .isInstanceOf(SafetensorsException.class)
        .hasMessageContaining("not a regular file");
  }

  @Test
  void bytes_outlive_the_reader_and_the_reader_says_it_is_closed() {
    var file = open("{\"__metadata__\":{\"format\":\"pt\"},\"a\":" + GOOD + "}", 4);
    var bytes = file.bytes("a");
    file.close();
    assertThat(bytes.toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 1, 2, 3);
    assertThat(file.metadata()).isEqualTo(Map.of("format", "pt"));
    assertThatThrownBy(() -> file.bytes("a"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("own.safetensors was closed");
  }
}
