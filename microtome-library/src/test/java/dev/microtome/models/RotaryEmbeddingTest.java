package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Frequencies of heads 8 wide to base 10000, computed elsewhere from the papers' formulas.
class RotaryEmbeddingTest {
  private static RotaryEmbedding rotary(RopeScaling scaling) {
    return new RotaryEmbedding("RotaryEmbedding", 8, 10000, scaling);
  }

  static Stream<Arguments> frequencies() {
    return Stream.of(
        Arguments.of(new RopeScaling.None(), 1, new double[] {1, 0.1, 0.01, 0.001}),
        Arguments.of(new RopeScaling.Linear(4), 1, new double[] {0.25, 0.025, 0.0025, 0.00025}),
        Arguments.of(
            new RopeScaling.Llama3(8, 1, 4, 64),
            1,
            new double[] {1, 0.013042256043820465, 0.00125, 0.000125}),
        Arguments.of(
            new RopeScaling.Yarn(4, 512, 32, 1, 1, true),
            1,
            new double[] {1, 0.0625, 0.0025, 0.00025}),
        Arguments.of(
            new RopeScaling.Yarn(4, 512, 32, 1, 1, false),
            1,
            new double[] {1, 0.07039863663460479, 0.0025, 0.00025}),
        Arguments.of(new RopeScaling.Dynamic(2, 16), 9, new double[] {1, 0.1, 0.01, 0.001}),
        Arguments.of(
            new RopeScaling.Dynamic(2, 16),
            39,
            new double[] {1, 0.06299605249474366, 0.003968502629920499, 0.00025}));
  }

  @ParameterizedTest
  @MethodSource("frequencies")
  void a_pair_turns_by_its_frequency_times_the_position(
      RopeScaling scaling, long position, double[] expected) {
    Rotation turned = rotary(scaling).apply(Tensor.of(new long[][] {{position}}));

    float[] cos = turned.cos().toFloats();
    float[] sin = turned.sin().toFloats();
    for (int pair = 0; pair < 4; pair++) {
      double angle = expected[pair] * position;
      assertThat((double) cos[pair]).isCloseTo(Math.cos(angle), within(2e-6));
      assertThat((double) sin[pair]).isCloseTo(Math.sin(angle), within(2e-6));
      assertThat(cos[pair + 4]).isEqualTo(cos[pair]);
    }
  }

  @Test
  void products_depend_on_the_distance_only() {
    Torch.manualSeed(1);
    Tensor query = Tensor.randn(1, 1, 1, 8);
    Tensor key = Tensor.randn(1, 1, 1, 8);

    double near = product(query, 3, key, 1);

    assertThat(product(query, 103, key, 101)).isCloseTo(near, within(1e-4));
    assertThat(product(query, 3, key, 2)).isNotCloseTo(near, within(1e-3));
  }

  private static double product(Tensor query, long at, Tensor key, long other) {
    Tensor q = rotary(new RopeScaling.None()).apply(Tensor.of(new long[][] {{at}})).turn(query);
    Tensor k = rotary(new RopeScaling.None()).apply(Tensor.of(new long[][] {{other}})).turn(key);
    return q.mul(k).sum().item();
  }

  @Test
  void yarn_sharpens_attention() {
    Rotation turned =
        rotary(new RopeScaling.Yarn(4, 512, 32, 1, 1.25, true))
            .apply(Tensor.of(new long[][] {{0}}));

    assertThat(turned.cos().toFloats()).containsOnly(1.25f);
  }

  @Test
  void rows_of_a_growing_base_do_not_disturb_each_other() {
    var growing = rotary(new RopeScaling.Dynamic(2, 4));
    Tensor both = growing.apply(Tensor.of(new long[][] {{0, 1, 2}, {7, 8, 9}})).cos();

    Tensor alone = growing.apply(Tensor.of(new long[][] {{0, 1, 2}})).cos();

    assertThat(both.narrow(0, 0, 1).equal(alone)).isTrue();
  }
}
