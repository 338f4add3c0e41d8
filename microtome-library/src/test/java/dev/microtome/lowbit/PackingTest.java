package dev.microtome.lowbit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.testkit.JsonTensors;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

class PackingTest {
  static List<JsonNode> recorded() {
    return JsonTensors.cases(PackingTest.class, "packing.json").stream()
        .filter(golden -> golden.has("packed"))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("recorded")
  void codes_lie_where_hqq_puts_them(JsonNode golden) {
    Packing packing = Packing.named(golden.path("packing").asString());
    Tensor codes = JsonTensors.tensor(golden.path("W_q"));
    Tensor packed = packing.pack(codes);
    if (packing.fits(codes.size(0))) {
      assertThat(packed.toLongs()).isEqualTo(JsonTensors.tensor(golden.path("packed")).toLongs());
    }
    assertThat(packing.unpack(packed, codes.size(0), codes.size(1)).toLongs())
        .isEqualTo(codes.toLongs());
  }

  @ParameterizedTest
  @EnumSource
  void any_number_of_rows_comes_back(Packing packing) {
    Torch.manualSeed(3);
    for (long rows = 1; rows <= 23; rows++) {
      Tensor codes = Tensor.randint(packing.highest() + 1, rows, 3);
      Tensor packed = packing.pack(codes);
      assertThat(packed.shape()).isEqualTo(packing.packedShape(rows, 3));
      assertThat(packing.unpack(packed, rows, 3).toLongs()).isEqualTo(codes.toLongs());
    }
  }

  @Test
  void the_notebooks_pack_consecutive_codes() {
    Tensor one = Tensor.of(0, 2, 4, 5, 7, 0, 2, 4, 5, 7).reshape(1, 10);
    assertThat(Packing.CONSECUTIVE_TENS.pack(one).toLongs()).containsExactly(43484463);
    Tensor two = Tensor.of(0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5).reshape(2, 7);
    assertThat(Packing.CONSECUTIVE_TENS.pack(two).toLongs()).containsExactly(21913025, 328466432);
  }

  @Test
  void codes_that_do_not_fit_are_refused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Packing.TENS.pack(Tensor.of(8, 1).reshape(1, 2)))
        .withMessageContaining("codes from 1 to 8 do not fit into 3 bits (0 to 7)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Packing.BYTES.pack(Tensor.of(-1, 1).reshape(1, 2)))
        .withMessageContaining("from -1 to 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Packing.BYTES.pack(Tensor.of(1.5, 1).reshape(1, 2)))
        .withMessageContaining("whole numbers");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Packing.BYTES.pack(Tensor.of(1, 1)))
        .withMessageContaining("matrix");
  }

  @Test
  void a_packed_tensor_of_another_size_is_refused() {
    Tensor packed = Tensor.zeros(new Shape(3, 4), DType.UINT8);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Packing.NIBBLES.unpack(packed, 8, 4))
        .withMessage("8 x 4 codes packed as '4bit_u8' are uint8[4, 4], got uint8[3, 4]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Packing.TENS.unpack(packed, 30, 4))
        .withMessageContaining("are int32[3, 4], got uint8[3, 4]");
  }

  @Test
  void an_unknown_packing_names_the_known_ones() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Packing.named("5bit"))
        .withMessageContaining("'5bit' is no packing; known: [8bit_u8, 4bit_u8, 3bit_32");
  }
}
