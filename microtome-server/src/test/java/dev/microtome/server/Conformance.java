package dev.microtome.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.ModelHost;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The same code here and on a host gives the same bits, and fails in the same words.
abstract class Conformance {
  private static final LanguageModel<Gpt2> HERE = LanguageModel.shipped();

  /// What runs the shipped model.
  abstract ModelHost host();

  @TestFactory
  Stream<DynamicTest> results_are_bit_identical() {
    return ConformanceTestCases.all().entrySet().stream()
        .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> same(each.getValue())));
  }

  @TestFactory
  Stream<DynamicTest> errors_are_the_same() {
    return ConformanceTestCases.failing().entrySet().stream()
        .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> sameError(each.getValue())));
  }

  private void same(Function<LanguageModel<Gpt2>, Object> use) {
    List<Tensor> here = Values.tensors(use.apply(HERE));
    List<Tensor> there = Values.tensors(use.apply(HERE.on(host())));
    assertThat(there).hasSameSizeAs(here).isNotEmpty();
    for (int i = 0; i < here.size(); i++) {
      assertThat(there.get(i).dtype()).isEqualTo(here.get(i).dtype());
      assertThat(there.get(i).shape()).isEqualTo(here.get(i).shape());
      assertThat(bits(there.get(i))).isEqualTo(bits(here.get(i)));
    }
  }

  private static byte[] bits(Tensor tensor) {
    return tensor
        .detach()
        .contiguous()
        .dense()
        .segment()
        .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
  }

  private void sameError(Function<LanguageModel<Gpt2>, Object> use) {
    Throwable here = catchThrowable(() -> use.apply(HERE));
    Throwable there = catchThrowable(() -> use.apply(HERE.on(host())));
    assertThat(here).isNotNull();
    assertThat(there).hasSameClassAs(here).hasMessage(here.getMessage());
  }
}
