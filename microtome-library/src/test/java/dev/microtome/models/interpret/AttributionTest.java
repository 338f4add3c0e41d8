package dev.microtome.models.interpret;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.TransformerBlock;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Shares must sum up to what they are shares of, and agree with what edits do.
class AttributionTest {
  private static final String SUBJECTS = "dev.microtome.models.interpret.Subjects#all";

  @ParameterizedTest
  @MethodSource(SUBJECTS)
  void the_shares_of_a_network_sum_up_to_the_logit_difference(Subjects on) {
    LogitAttribution shares = LogitAttribution.of(on.model(), on.contrast());

    assertThat(shares.difference()).isCloseTo(difference(on), within(1e-3));
    assertThat(shares.gap()).isCloseTo(0, within(2e-3));
    assertThat(shares.blocks()).hasSize(on.model().network().blocks().size());
    for (LogitAttribution.Block block : shares.blocks()) {
      for (LogitAttribution.Head head : block.heads()) {
        double sum = head.bySource().stream().mapToDouble(Double::doubleValue).sum();
        assertThat(sum).isCloseTo(head.share(), within(1e-3));
      }
    }
  }

  private static double difference(Subjects on) {
    Tensor ids = Tensor.of(new long[][] {on.contrast().clean().array()});
    Tensor logits = Grad.off(() -> on.model().run(new CausalNetwork.Input(ids)).logits());
    return on.contrast().score().of(logits.select(1, -1)).item();
  }

  /// A head's share is what the logits lose when it is taken out of the final stream, the norm's
  /// scale held: done here with the real norm, whose scale is put back by hand.
  @ParameterizedTest
  @MethodSource(SUBJECTS)
  void a_share_is_what_the_logits_lose_without_the_part(Subjects on) {
    LogitAttribution shares = LogitAttribution.of(on.model(), on.contrast());
    CausalNetwork network = on.model().network();
    TransformerBlock last = network.blocks().getLast();
    record Seen(Tensor stream, Tensor mlp, Tensor normed) {}
    Seen seen =
        Grad.off(() ->
            on.model()
                .trace(
                    on.contrast().clean().array(),
                    t ->
                        new Seen(
                            t.at(last).output().get(0, -1),
                            t.at(last.mlp()).output().get(0, -1),
                            t.at(network.finalNorm()).output().get(0, -1))));
    // A thousandth of the part less leaves the scale as it was, but for its derivative along the
    // stream; that one is removed by taking what lies across the stream.
    double lost =
        Grad.off(() -> {
          Tensor zero = network.finalNorm().apply(seen.stream().zerosLike().unsqueeze(0));
          Tensor less = seen.stream().sub(seen.mlp()).unsqueeze(0);
          Tensor normed = network.finalNorm().apply(less).sub(zero);
          double scale = spread(on, seen.stream()) / spread(on, less.squeeze(0));
          Tensor held = normed.div(scale).add(zero);
          Tensor with = network.head().apply(seen.normed().unsqueeze(0));
          return on.contrast().score().of(with.sub(network.head().apply(held))).item();
        });

    assertThat(shares.blocks().getLast().mlp()).isCloseTo(lost, within(2e-3));
  }

  // What the final norm divides by: the root mean square, of layer norms about the mean.
  private static double spread(Subjects on, Tensor x) {
    boolean centers = on.name().startsWith("gpt2");
    Tensor about = centers ? x.sub(x.mean()) : x;
    return Math.sqrt(about.square().mean().item() + (centers ? 1e-5 : epsilon(on)));
  }

  private static double epsilon(Subjects on) {
    String text = on.model().network().finalNorm().get().toString();
    return Double.parseDouble(text.substring(text.indexOf("eps=") + 4, text.length() - 1));
  }

  @Test
  void the_answer_is_written_by_heads_that_read_the_subject() {
    Subjects on = Subjects.facts();
    LogitAttribution shares = LogitAttribution.of(on.model(), on.contrast());

    LogitAttribution.Head best =
        shares.blocks().stream()
            .flatMap(block -> block.heads().stream())
            .max(Comparator.comparingDouble(LogitAttribution.Head::share))
            .orElseThrow();
    int source =
        IntStream.range(0, best.bySource().size())
            .boxed()
            .max(Comparator.comparing(i -> best.bySource().get(i)))
            .orElseThrow();
    assertThat(on.contrast().clean().tokens().subList(1, 5))
        .contains(on.contrast().clean().tokens().get(source));
  }

  @ParameterizedTest
  @MethodSource(SUBJECTS)
  void integrated_gradients_are_complete(Subjects on) {
    IntegratedGradients shares = IntegratedGradients.of(on.model(), on.contrast(), 50);

    assertThat(shares.score()).isCloseTo(difference(on), within(1e-3));
    assertThat(shares.isComplete(0.01)).as("gap %s", shares.gap()).isTrue();
    for (int token = 0; token < shares.shares().size(); token++) {
      if (!on.contrast().differences().contains(token)) { // equal embeddings: no way to go
        assertThat(shares.shares().get(token)).isZero();
      }
    }
  }

  @Test
  void one_step_is_the_gradient_half_way() {
    Subjects on = Subjects.recorded("gpt2-f32");
    IntegratedGradients one = IntegratedGradients.of(on.model(), on.contrast(), 1);
    Tensor clean = IntegratedGradients.embedded(on.model(), on.contrast().clean());
    Tensor corrupt = IntegratedGradients.embedded(on.model(), on.contrast().corrupt());
    Tensor middle = clean.add(corrupt).div(2);
    double step = 1e-2; // a central difference along the way, at one token
    double[] scores = new double[2];
    for (int side = 0; side < 2; side++) {
      double factor = side == 0 ? step : -step;
      Tensor moved = middle.copy();
      moved.at(0, 1).set(middle.get(0, 1).add(clean.get(0, 1).sub(corrupt.get(0, 1)).mul(factor)));
      try (var _ = on.model().network().embedded().get().onOutput((_, _) -> moved)) {
        scores[side] = difference(on);
      }
    }

    double slope = (scores[0] - scores[1]) / (2 * step);
    assertThat(one.shares().get(1)).isCloseTo(slope, within(0.01 * Math.max(0.1, Math.abs(slope))));
  }

  @Test
  void a_baseline_of_another_shape_and_no_steps_are_refused() {
    Subjects on = Subjects.recorded("gpt2-f32");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            IntegratedGradients.of(
                on.model(),
                on.contrast().clean(),
                on.contrast().score(),
                Tensor.zeros(1, 2, 48),
                4))
        .withMessageContaining("[1, 2, 48]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IntegratedGradients.of(on.model(), on.contrast(), 0));
  }

  @Test
  void the_quadrature_is_exact_for_polynomials() {
    var rule = Quadrature.gaussLegendre(5);

    double sum = 0;
    for (int i = 0; i < 5; i++) {
      sum += rule.weights()[i] * Math.pow(rule.points()[i], 9);
    }
    assertThat(sum).isCloseTo(0.1, within(1e-14));
    assertThat(List.of(rule.points()[0], rule.points()[4]))
        .allMatch(point -> point > 0 && point < 1);
  }
}
