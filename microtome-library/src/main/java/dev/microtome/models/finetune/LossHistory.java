package dev.microtome.models.finetune;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// What a training has come to so far.
///
/// @param train the mean loss of the tokens each step learned, in nats, measured before the step
/// @param heldOut of what was held out
public record LossHistory(List<Double> train, List<Evaluation> heldOut) {
  /// The loss of what was held out, after so many steps.
  public record Evaluation(int steps, double loss) {}

  public LossHistory {
    train = List.copyOf(train);
    heldOut = List.copyOf(heldOut);
  }

  /// Before the first step.
  public static final LossHistory NONE = new LossHistory(List.of(), List.of());

  Tensor trainTensor() {
    return Tensor.of(train.stream().mapToDouble(x -> x).toArray()).to(DType.FLOAT64);
  }

  Tensor heldOutTensor() {
    var pairs = new double[heldOut.size()][2];
    for (int i = 0; i < pairs.length; i++) {
      pairs[i] = new double[] {heldOut.get(i).steps(), heldOut.get(i).loss()};
    }
    return pairs.length == 0 ? Tensor.zeros(0, 2).to(DType.FLOAT64) : Tensor.of(pairs);
  }

  static LossHistory of(Tensor train, Tensor heldOut) {
    var losses = new ArrayList<Double>();
    for (double loss : train.toDoubles()) {
      losses.add(loss);
    }
    var evaluations = new ArrayList<Evaluation>();
    double[] pairs = heldOut.toDoubles();
    for (int i = 0; i + 1 < pairs.length; i += 2) {
      evaluations.add(new Evaluation((int) pairs[i], pairs[i + 1]));
    }
    return new LossHistory(losses, evaluations);
  }
}
