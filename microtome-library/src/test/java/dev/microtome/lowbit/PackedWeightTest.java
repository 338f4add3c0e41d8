package dev.microtome.lowbit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackedWeightTest {
  private static final Shape MATRIX = Shape.of(4, 6);

  @Test
  void groups_lie_along_the_axis() {
    Tensor weight = Tensor.arange(24).reshape(4, 6);
    var rows = new Grouping(MATRIX, 3, 1);
    assertThat(rows.group(weight).get(1).toLongs()).containsExactly(3, 4, 5);
    var columns = new Grouping(MATRIX, 3, 0);
    assertThat(columns.group(weight).get(":", 1).toLongs()).containsExactly(1, 9, 17);
    assertThat(columns.ungroup(columns.group(weight)).toLongs()).isEqualTo(weight.toLongs());
    assertThat(rows.isWithinRows()).isTrue();
    assertThat(new Grouping(MATRIX, 4, 1).isWithinRows()).isFalse();
  }

  @Test
  void a_size_that_does_not_divide_is_refused_with_those_that_do() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Grouping(MATRIX, 5, 1))
        .withMessage(
            "groups of 5 do not divide the 24 numbers of a weight [4, 6]; these do:"
                + " [1, 2, 3, 4, 6, 8, 12, 24] (or ask for padding)");
  }

  @Test
  void padding_repeats_the_last_number_and_is_cut_off_again() {
    var grouping = new Grouping(MATRIX, 5, 1, true);
    Tensor weight = Tensor.arange(24).reshape(4, 6);
    Tensor grouped = grouping.group(weight);
    assertThat(grouped.shape()).isEqualTo(Shape.of(5, 5));
    assertThat(grouped.get(4).toLongs()).containsExactly(20, 21, 22, 23, 23);
    assertThat(grouping.ungroup(grouped).toLongs()).isEqualTo(weight.toLongs());
  }

  @Test
  void a_weight_is_codes_less_zero_times_scale() {
    Tensor codes = Tensor.arange(24).remainder(8).reshape(8, 3);
    var weight =
        PackedWeight.of(
            codes,
            BitWidth.THREE,
            new Grouping(MATRIX, 3, 1),
            Tensor.full(Shape.of(8, 1), 0.5),
            Tensor.full(Shape.of(8, 1), 2.0));
    assertThat(weight.dequantize().toFloats())
        .isEqualTo(codes.to(DType.FLOAT32).sub(2).mul(0.5).toFloats());
    assertThat(weight.dequantize().shape()).isEqualTo(MATRIX);
    assertThat(weight.codesInShape().shape()).isEqualTo(MATRIX);
    assertThat(weight.bytes()).isEqualTo(3 * 4 + 2 * 8 * 4);
    assertThat(weight.withValues(DType.FLOAT16).bytes()).isEqualTo(3 * 4 + 2 * 8 * 2);
  }

  @Test
  void a_large_layer_of_three_bits_takes_less_than_four_with_all_it_needs(@TempDir Path folder)
      throws IOException {
    Torch.manualSeed(4);
    Tensor weight = Tensor.randn(4096, 4096);
    LowBit settings = LowBit.bits(3).groupSize(64).nearest();
    PackedWeight plain = settings.quantize(weight);
    assertThat(plain.bitsPerWeight()).isLessThanOrEqualTo(4.0).isCloseTo(3.7, within(0.001));
    PackedWeight coded =
        settings.codedValues(ValueCoding.GROUPS, ValueCoding.GROUPS).quantize(weight);
    assertThat(coded.bitsPerWeight()).isLessThanOrEqualTo(3.6);
    assertThat(bitsOfTensors(plain)).isLessThanOrEqualTo(4.0).isEqualTo(plain.bitsPerWeight());
    assertThat(bitsOfTensors(coded)).isLessThanOrEqualTo(3.6).isEqualTo(coded.bitsPerWeight());
    assertThat(bitsOfFile(plain, folder)).isLessThanOrEqualTo(4.0);
    assertThat(bitsOfFile(coded, folder)).isLessThanOrEqualTo(3.6);
    KernelLinear laidOut = KernelLinear.of(new LowBitLinear(plain, null), Precision.FULL);
    assertThat(laidOut.kernelWeight().bitsPerWeight()).isEqualTo(3.5);
  }

  /// Of all that a layer holds.
  private static double bitsOfTensors(PackedWeight weight) {
    long bytes = 0;
    for (Tensor tensor : new LowBitLinear(weight, null).stateDict().values()) {
      bytes += tensor.numel() * tensor.dtype().bytes();
    }
    return 8.0 * bytes / weight.grouping().shape().numel();
  }

  private static double bitsOfFile(PackedWeight weight, Path folder) throws IOException {
    Path file = folder.resolve("layer.safetensors");
    var layer = new HqqLayer(weight, null, DType.FLOAT16, false);
    new HqqCheckpoint(Map.of("layer", layer), Map.of()).write(file);
    return 8.0 * Files.size(file) / weight.grouping().shape().numel();
  }

  @Test
  void parts_that_do_not_belong_together_are_refused() {
    var grouping = new Grouping(MATRIX, 3, 1);
    Tensor codes = Tensor.zeros(8, 3);
    Tensor good = Tensor.ones(8, 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedWeight.of(codes, BitWidth.FOUR, grouping, Tensor.ones(1, 8), good))
        .withMessage("the scale of 8 groups along axis 1 has shape [8, 1], got [1, 8]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PackedWeight.of(codes.get("1:"), BitWidth.FOUR, grouping, good, good))
        .withMessage("the grouped matrix of a weight [4, 6] is [8, 3], got codes [7, 3]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BitWidth.of(7))
        .withMessageContaining("choose one of 8, 6, 5, 4, 3, 2, 1.58, 1");
  }
}
