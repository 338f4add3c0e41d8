package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Stochastic gradient descent, with momentum (Sutskever et al. 2013) as PyTorch defines it: the
/// velocity is `momentum · velocity + (1 - dampening) · gradient`.
public final class Sgd extends Optimizer {
  /// Everything but the learning rate; all zero is plain descent.
  public record Settings(double momentum, double dampening, double weightDecay, boolean nesterov) {
    public static final Settings PLAIN = new Settings(0, 0, 0, false);

    public Settings {
      Check.notNegative("momentum", momentum);
      Check.notNegative("weight decay", weightDecay);
      if (nesterov && (momentum == 0 || dampening != 0)) {
        throw new IllegalArgumentException("Nesterov needs momentum and no dampening");
      }
    }

    public Settings withMomentum(double value) {
      return new Settings(value, dampening, weightDecay, nesterov);
    }

    public Settings withDampening(double value) {
      return new Settings(momentum, value, weightDecay, nesterov);
    }

    public Settings withWeightDecay(double value) {
      return new Settings(momentum, dampening, value, nesterov);
    }

    public Settings withNesterov() {
      return new Settings(momentum, dampening, weightDecay, true);
    }
  }

  private final Settings settings;
  private final Map<Integer, Tensor> velocities = new TreeMap<>();

  public Sgd(Iterable<? extends Tensor> parameters, double learningRate) {
    this(parameters, learningRate, Settings.PLAIN);
  }

  public Sgd(Iterable<? extends Tensor> parameters, double learningRate, Settings settings) {
    super(parameters, learningRate);
    this.settings = settings;
  }

  @Override
  void update(List<Integer> positions) {
    if (settings.momentum() == 0) {
      run(positions, List.of(), false);
      return;
    }
    var first = new ArrayList<Integer>(); // their velocity begins as the gradient, undampened
    var later = new ArrayList<Integer>();
    positions.forEach(i -> (velocities.containsKey(i) ? later : first).add(i));
    if (!first.isEmpty()) {
      run(first, remembered(velocities, first), true);
    }
    if (!later.isEmpty()) {
      run(later, remembered(velocities, later), false);
    }
  }

  private void run(List<Integer> positions, List<Tensor> velocity, boolean first) {
    Ops.call(
        "aten::_fused_sgd_",
        parametersAt(positions),
        gradientsAt(positions),
        velocity,
        settings.weightDecay(),
        settings.momentum(),
        learningRate(),
        settings.dampening(),
        settings.nesterov(),
        false, // maximize
        first);
  }

  @Override
  Map<String, Map<Integer, Tensor>> memories() {
    return Map.of("momentum_buffer", velocities);
  }
}
