package dev.microtome.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.ModelHost;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import dev.microtome.trace.Watch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// The same code here and on a host gives the same bits, and fails in the same words.
abstract class Conformance {
  private static final LanguageModel<Gpt2> HERE = LanguageModel.shipped();

  /// What runs the shipped model.
  abstract ModelHost host();

  /// The same, telling `lines` what is logged.
  abstract ModelHost host(Consumer<String> lines);

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

  @TestFactory
  Stream<DynamicTest> what_is_logged_is_heard() {
    return ConformanceTestCases.logging().entrySet().stream()
        .map(each -> DynamicTest.dynamicTest(each.getKey(), () -> sameLines(each.getValue())));
  }

  private void sameLines(Function<LanguageModel<Gpt2>, Object> use) {
    var here = new ArrayList<String>();
    var there = Collections.synchronizedList(new ArrayList<String>());
    use.apply(HERE.on((model, runs) -> model.run(runs, new Heard(here))));
    use.apply(HERE.on(host(there::add)));
    assertThat(there).isEqualTo(here).isNotEmpty();
  }

  /// Remembers lines.
  private record Heard(List<String> lines) implements Watch {
    @Override
    public void between() {}

    @Override
    public void log(String line) {
      lines.add(line);
    }
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
