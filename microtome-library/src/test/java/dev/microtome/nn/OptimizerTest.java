package dev.microtome.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// Each optimizer against its formula, written out for one number.
class OptimizerTest {
  private static final int STEPS = 5;

  /// Minimises `x⁴ / 4` from 1.5, whose gradient is `x³`.
  private static double[] run(Function<List<Tensor>, Optimizer> make) {
    Tensor x = Tensor.of(1.5, -0.5).requiresGrad_(true);
    Optimizer optimizer = make.apply(List.of(x));
    double[] path = new double[STEPS];
    for (int i = 0; i < STEPS; i++) {
      optimizer.zeroGrad();
      x.pow(4).div(4).sum().backward();
      optimizer.step();
      path[i] = x.detach().get(0).item();
    }
    assertThat(x.dtype()).isEqualTo(DType.FLOAT64);
    return path;
  }

  private static double[] adam(double rate, double decay, boolean decoupled, boolean amsgrad) {
    double x = 1.5;
    double m = 0;
    double v = 0;
    double largest = 0;
    double[] path = new double[STEPS];
    for (int t = 1; t <= STEPS; t++) {
      double g = x * x * x;
      if (decoupled) {
        x -= rate * decay * x;
      } else {
        g += decay * x;
      }
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      largest = Math.max(largest, v);
      double divisor = Math.sqrt(amsgrad ? largest : v) / Math.sqrt(1 - Math.pow(0.999, t)) + 1e-8;
      x -= rate / (1 - Math.pow(0.9, t)) * m / divisor;
      path[t - 1] = x;
    }
    return path;
  }

  private static double[] sgd(double rate, Sgd.Settings s) {
    double x = 1.5;
    double velocity = 0;
    double[] path = new double[STEPS];
    for (int t = 0; t < STEPS; t++) {
      double g = x * x * x + s.weightDecay() * x;
      velocity = t == 0 ? g : s.momentum() * velocity + (1 - s.dampening()) * g;
      x -= rate * (s.momentum() == 0 ? g : s.nesterov() ? g + s.momentum() * velocity : velocity);
      path[t] = x;
    }
    return path;
  }

  @Test
  void adam_follows_its_formula() {
    assertThat(run(p -> new Adam(p, 0.1)))
        .containsExactly(adam(0.1, 0, false, false), within(1e-9));
    var decaying = AdamSettings.ADAM.withWeightDecay(0.2);
    assertThat(run(p -> new Adam(p, 0.1, decaying)))
        .containsExactly(adam(0.1, 0.2, false, false), within(1e-9));
    assertThat(run(p -> new Adam(p, 0.1, AdamSettings.ADAM.withAmsgrad())))
        .containsExactly(adam(0.1, 0, false, true), within(1e-9));
  }

  @Test
  void adam_w_shrinks_before_it_steps() {
    assertThat(run(p -> new AdamW(p, 0.1)))
        .containsExactly(adam(0.1, 0.01, true, false), within(1e-9));
    var strong = AdamSettings.ADAM_W.withWeightDecay(0.5);
    assertThat(run(p -> new AdamW(p, 0.1, strong)))
        .containsExactly(adam(0.1, 0.5, true, false), within(1e-9));
  }

  @Test
  void sgd_follows_its_formula() {
    var plain = Sgd.Settings.PLAIN;
    for (var settings :
        List.of(
            plain,
            plain.withWeightDecay(0.3),
            plain.withMomentum(0.9),
            plain.withMomentum(0.9).withDampening(0.5),
            plain.withMomentum(0.9).withNesterov().withWeightDecay(0.1))) {
      assertThat(run(p -> new Sgd(p, 0.05, settings)))
          .as(settings.toString())
          .containsExactly(sgd(0.05, settings), within(1e-9));
    }
  }

  @Test
  void a_step_counts_as_a_change() {
    for (Function<List<Tensor>, Optimizer> make :
        List.<Function<List<Tensor>, Optimizer>>of(
            p -> new Adam(p, 0.1), p -> new AdamW(p, 0.1), p -> new Sgd(p, 0.1))) {
      Tensor x = Tensor.of(1.5).requiresGrad_(true);
      Optimizer optimizer = make.apply(List.of(x));
      x.square().sum().backward();
      long before = x.dense().version();
      optimizer.step();
      assertThat(x.dense().version()).isGreaterThan(before);
    }
  }

  @Test
  void parameters_without_gradients_are_left_alone() {
    Tensor used = Tensor.ones(2).requiresGrad_(true);
    Tensor idle = Tensor.ones(2).requiresGrad_(true);
    var adam = new AdamW(List.of(used, idle), 0.1);
    assertThatExceptionOfType(IllegalStateException.class)
        .isThrownBy(adam::step)
        .withMessageContaining("no parameter has a gradient");
    used.sum().backward();
    adam.step();
    assertThat(idle.detach().sum().item()).isEqualTo(2);
    assertThat(used.detach().sum().item()).isLessThan(2);
    assertThat(adam.stateDict()).containsOnlyKeys("0.step", "0.exp_avg", "0.exp_avg_sq");
  }

  @Test
  void a_saved_state_goes_on_where_it_stopped() {
    Tensor x = Tensor.of(1.5, -0.5).requiresGrad_(true);
    var first = new AdamW(List.of(x), 0.1);
    step(first, x);
    Tensor y = x.detach().copy().requiresGrad_(true);
    var second = new AdamW(List.of(y), 0.1);
    second.load(first.stateDict());
    step(first, x);
    step(second, y);
    assertThat(x.detach().equal(y.detach())).isTrue();
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> second.load(java.util.Map.of("3.exp_avg", x)))
        .withMessageContaining("'3.exp_avg'");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> second.load(java.util.Map.of("0.exp_avg", Tensor.zeros(9))))
        .withMessageContaining("does not fit");
  }

  private static void step(Optimizer optimizer, Tensor x) {
    optimizer.zeroGrad();
    x.square().sum().backward();
    optimizer.step();
  }

  @Test
  void wrong_settings_are_refused() {
    List<Tensor> frozen = List.of(Tensor.ones(1));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new Sgd(frozen, 0.1))
        .withMessageContaining("frozen");
    var unloaded = Device.META.run(() -> new Linear(2, 3));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new Sgd(unloaded.parameters(), 0.1))
        .withMessageContaining("no numbers yet");
    List<Tensor> turned = List.of(Tensor.ones(2, 3).t().requiresGrad_(true));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> new Sgd(turned, 0.1))
        .withMessageContaining("not contiguous");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> AdamSettings.ADAM.withBetas(1, 0.9));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Sgd.Settings.PLAIN.withNesterov());
  }

  @Test
  void schedules_set_the_rate_pytorch_sets() {
    List<Tensor> x = List.of(Tensor.ones(1).requiresGrad_(true));
    assertThat(rates(new Sgd(x, 1), o -> LrSchedule.stepLr(o, 2, 0.1)))
        .containsExactly(new double[] {1, 1, 0.1, 0.1, 0.01}, within(1e-12));
    assertThat(rates(new Sgd(x, 1), o -> LrSchedule.cosineAnnealingLr(o, 4, 0.2)))
        .containsExactly(
            new double[] {1, 0.6 + 0.4 * Math.sqrt(0.5), 0.6, 0.6 - 0.4 * Math.sqrt(0.5), 0.2},
            within(1e-12));
    assertThat(rates(new Sgd(x, 2), o -> LrSchedule.linearWarmup(o, 2, 4)))
        .containsExactly(new double[] {0, 1, 2, 1, 0}, within(1e-12));
    assertThat(rates(new Sgd(x, 2), o -> LrSchedule.lambdaLr(o, step -> 1.0 / (1 + step))))
        .containsExactly(new double[] {2, 1, 2 / 3.0, 0.5, 0.4}, within(1e-12));
  }

  private static double[] rates(Optimizer optimizer, Function<Optimizer, LrSchedule> make) {
    LrSchedule schedule = make.apply(optimizer);
    double[] rates = new double[STEPS];
    for (int i = 0; i < STEPS; i++) {
      rates[i] = optimizer.learningRate();
      schedule.step();
    }
    return rates;
  }

  @Test
  void a_plateau_lowers_the_rate() {
    var sgd = new Sgd(List.of(Tensor.ones(1).requiresGrad_(true)), 1);
    var plateau = new ReduceLrOnPlateau(sgd, 0.5, 1);
    for (double loss : new double[] {3, 2, 2, 2}) {
      plateau.step(loss);
    }
    assertThat(sgd.learningRate()).isEqualTo(0.5);
    plateau.step(1);
    assertThat(sgd.learningRate()).isEqualTo(0.5);
  }

  @Test
  void clipping_scales_all_gradients_by_one_factor() {
    Tensor a = Tensor.zeros(1).requiresGrad_(true);
    Tensor b = Tensor.zeros(1).requiresGrad_(true);
    a.mul(3).add(b.mul(4)).sum().backward();
    assertThat(GradClip.norm_(List.of(a, b), 1)).isEqualTo(5);
    assertThat(a.grad().item()).isCloseTo(0.6, within(1e-6));
    assertThat(GradClip.norm_(List.of(a, b), 2)).isCloseTo(1, within(1e-6));
    GradClip.value_(List.of(a, b), 0.7);
    assertThat(b.grad().item()).isCloseTo(0.7, within(1e-6));
    a.grad(Tensor.of(Float.NaN));
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> GradClip.norm_(List.of(a, b), 1))
        .withMessageContaining("NaN");
    assertThat(b.grad().item()).isCloseTo(0.7, within(1e-6));
  }
}
