package dev.microtome.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.Autograd;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/// Compares gradients with central differences `(f(x + h) - f(x - h)) / 2h` in float64.
public final class GradCheck {
  private static final double STEP = 1e-5;
  private static final double TOLERANCE = 1e-6;

  private GradCheck() {}

  /// Checks the gradient of `sum(w * f(inputs))`, with fixed uneven weights `w`, for each input.
  /// The inputs are float64 tensors; copies of them are made to require gradients.
  public static void check(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    List<Tensor> leaves =
        Arrays.stream(inputs).map(x -> x.detach().copy().requiresGrad_(true)).toList();
    Tensor[] all = leaves.toArray(new Tensor[0]);
    List<Tensor> gradients = Autograd.grad(weighted(f.apply(leaves)), all);
    for (int i = 0; i < inputs.length; i++) {
      assertThat(inputs[i].dtype()).isEqualTo(DType.FLOAT64);
      double[] measured = differences(f, leaves, i);
      double[] computed = gradients.get(i).toDoubles();
      for (int k = 0; k < measured.length; k++) {
        assertThat(computed[k])
            .as("gradient of input %d at %d, central difference %s", i, k, measured[k])
            .isCloseTo(
                measured[k],
                org.assertj.core.data.Offset.offset(
                    TOLERANCE * Math.max(1, Math.abs(measured[k]))));
      }
    }
  }

  private static double[] differences(
      Function<List<Tensor>, Tensor> f, List<Tensor> leaves, int input) {
    return Grad.off(() -> {
      Tensor flat = leaves.get(input).detach().reshape(-1); // shares the leaf's numbers
      double[] values = flat.toDoubles();
      var result = new double[values.length];
      for (int k = 0; k < values.length; k++) {
        flat.at(k).set(values[k] + STEP);
        double above = weighted(f.apply(leaves)).item();
        flat.at(k).set(values[k] - STEP);
        double below = weighted(f.apply(leaves)).item();
        flat.at(k).set(values[k]);
        result[k] = (above - below) / (2 * STEP);
      }
      return result;
    });
  }

  private static Tensor weighted(Tensor output) {
    Tensor flat = output.reshape(-1);
    double[] weights = new double[(int) flat.shape().numel()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = 1 + 0.37 * (i % 7);
    }
    return flat.mul(Tensor.of(weights)).sum();
  }
}
