package dev.microtome.nn;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The moments [Adam] and [AdamW] remember, and their common step; only the fused kernel differs.
final class AdamState {
  private final Map<Integer, Tensor> steps = new TreeMap<>();
  private final Map<Integer, Tensor> averages = new TreeMap<>();
  private final Map<Integer, Tensor> squares = new TreeMap<>();
  private final Map<Integer, Tensor> maxSquares = new TreeMap<>();

  void update(String kernel, Optimizer owner, AdamSettings settings, List<Integer> positions) {
    List<Tensor> counts = counts(positions);
    Ops.call("aten::_foreach_add_", counts, 1);
    Ops.call(
        kernel,
        owner.parametersAt(positions),
        owner.gradientsAt(positions),
        owner.remembered(averages, positions),
        owner.remembered(squares, positions),
        settings.amsgrad() ? owner.remembered(maxSquares, positions) : List.of(),
        counts,
        owner.learningRate(),
        settings.beta1(),
        settings.beta2(),
        settings.weightDecay(),
        settings.eps(),
        settings.amsgrad(),
        false); // maximize
  }

  private List<Tensor> counts(List<Integer> positions) {
    var counts = new ArrayList<Tensor>();
    for (int i : positions) {
      counts.add(steps.computeIfAbsent(i, _ -> Tensor.scalar(0.0).save()));
    }
    return counts;
  }

  Map<String, Map<Integer, Tensor>> memories() {
    var memories = new LinkedHashMap<String, Map<Integer, Tensor>>();
    memories.put("step", steps);
    memories.put("exp_avg", averages);
    memories.put("exp_avg_sq", squares);
    memories.put("max_exp_avg_sq", maxSquares);
    return memories;
  }
}
