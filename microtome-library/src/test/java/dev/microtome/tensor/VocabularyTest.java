package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.testkit.VocabularySamples;
import dev.microtome.testkit.VocabularySamples.Sample;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Laws of the whole vocabulary.
class VocabularyTest {
  static Stream<Sample> samples() {
    return VocabularySamples.all();
  }

  @Test
  void the_vocabulary_has_at_least_two_hundred_operations() {
    assertThat(samples().map(Sample::signature)).doesNotHaveDuplicates().hasSizeGreaterThan(350);
    assertThat(samples().map(s -> s.method().getName()).distinct()).hasSizeGreaterThan(200);
  }

  @ParameterizedTest
  @MethodSource("samples")
  void an_overload_exists_and_the_shape_is_known_without_numbers(Sample sample) {
    List<String> eager = kinds(sample.apply(UnaryOperator.identity()));

    assertThat(eager).isNotEmpty();
    if (!sample.isDataDependent()) {
      assertThat(kinds(shapesOnly(sample))).isEqualTo(eager);
    }
  }

  private static @Nullable Object shapesOnly(Sample sample) {
    Object result =
        sample.isCreation()
            ? Device.META.run(() -> sample.apply(UnaryOperator.identity()))
            : sample.apply(ShapeOnly::of);
    assertThat(Values.tensors(result)).allMatch(t -> t.device().equals(Device.META));
    return result;
  }

  private static List<String> kinds(@Nullable Object result) {
    return Values.tensors(result).stream().map(t -> t.dtype().label() + t.shape()).toList();
  }
}
