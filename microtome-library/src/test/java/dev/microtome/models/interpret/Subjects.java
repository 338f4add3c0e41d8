package dev.microtome.models.interpret;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.Dora;
import dev.microtome.lowbit.KernelLinear;
import dev.microtome.lowbit.LowBit;
import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.Init;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.tensor.Torch;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Models to look into and what to ask them: the shipped one with its facts, and networks of other
/// architectures with weights that mean nothing.
record Subjects(String name, LanguageModel<?> model, Contrast contrast) {
  static final String PARIS = "The Eiffel Tower is in the city of";
  static final String ROME = "The Colosseum is in the city of";

  static Subjects facts() {
    LanguageModel<?> lm = LanguageModel.shipped();
    return new Subjects("gpt2-facts", lm, Contrast.of(lm, PARIS, ROME));
  }

  static Subjects recorded(String name) {
    var lm = LanguageModel.load(folder(name));
    long[] clean = {5, 17, 33, 60, 9, 41};
    long[] corrupt = {5, 80, 33, 61, 9, 41};
    var answer = new Contrast.Answer(7, "<7>");
    var wrong = new Contrast.Answer(90, "<90>");
    return new Subjects(name, lm, new Contrast(prompt(clean), prompt(corrupt), answer, wrong));
  }

  static Prompt prompt(long... ids) {
    List<String> tokens = Arrays.stream(ids).mapToObj(id -> "<" + id + ">").toList();
    return new Prompt(String.join("", tokens), Arrays.stream(ids).boxed().toList(), tokens);
  }

  static Stream<Subjects> all() {
    return Stream.of(
        facts(), recorded("gpt2-f32"), recorded("llama-gqa-tied-bf16"), recorded("qwen2-f32"));
  }

  /// The facts model with its layers in 3 bits: plain, laid out for the kernels, and with adapters
  /// that change what it computes.
  static Stream<Subjects> lowBit() {
    return Stream.of(
        lowBit("3 bits", _ -> {}),
        lowBit("3 bits, kernels", Subjects::layOut),
        lowBit(
            "3 bits, kernels, DoRA",
            network -> {
              layOut(network);
              Torch.manualSeed(0);
              Adapters adapters = Dora.rank(4).applyTo(network, LinearPlaces.allButHead());
              adapters
                  .parts("default")
                  .values()
                  .forEach(part -> Init.normal_(part.matrixB(), 0, 0.05));
            }));
  }

  private static void layOut(Gpt2 network) {
    assertThat(KernelLinear.applyTo(network, Precision.FULL)).isEqualTo(16);
  }

  private static Subjects lowBit(String name, Consumer<Gpt2> change) {
    LanguageModel<Gpt2> lm = LanguageModel.shipped();
    lm.loadWeights();
    LowBit.bits(3).groupSize(32).applyTo(lm.network(), LinearPlaces.allButHead());
    change.accept(lm.network());
    return new Subjects(name, lm, facts().contrast());
  }

  private static Path folder(String name) {
    try {
      return Path.of(Objects.requireNonNull(Subjects.class.getResource("/models/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
