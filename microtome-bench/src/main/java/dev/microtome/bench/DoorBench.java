package dev.microtome.bench;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.List;

/// What one operation costs on its way through the door, on tensors too small to compute on.
final class DoorBench implements Benchmark {
  private static final int BATCH = 100;

  @Override
  public String name() {
    return "door";
  }

  @Override
  public String about() {
    return "time of one tiny operation through the door";
  }

  @Override
  public List<Figure> run() {
    Torch.threads(1);
    Tensor a = Tensor.ones(2, 2);
    Tensor b = Tensor.ones(2, 2);
    var rounds =
        Rounds.of("add", () -> batch(() -> a.add(b)))
            .and("by name", () -> batch(() -> Ops.tensor("aten::add", a, b)))
            .and("matmul", () -> batch(() -> a.matmul(b)))
            .measure(20, 31);
    return List.of(
        figure(rounds, "add", "add of two 2x2 tensors"),
        figure(rounds, "by name", "the same, called by name"),
        figure(rounds, "matmul", "matmul of two 2x2 tensors"));
  }

  private static Figure figure(Rounds rounds, String piece, String words) {
    var time = rounds.time(piece).map(micros -> micros / BATCH);
    return new Figure("door", words, time.median(), "us", null, time.spread());
  }

  private static void batch(Runnable operation) {
    Scope.run(() -> {
      for (int i = 0; i < BATCH; i++) {
        operation.run();
      }
    });
  }
}
