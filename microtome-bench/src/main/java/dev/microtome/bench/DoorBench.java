package dev.microtome.bench;

import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.List;
import org.bytedeco.pytorch.global.torch;

/// What one operation costs on its way through the door, on tensors too small to compute on. The
/// one place outside the library that speaks to the bindings: the raw call is what it is compared
/// with.
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
    var rawA = torch.ones(2, 2);
    var rawB = torch.ones(2, 2);
    var rounds =
        Rounds.of("add", () -> batch(() -> a.add(b)))
            .and("by name", () -> batch(() -> Ops.tensor("aten::add", a, b)))
            .and("matmul", () -> batch(() -> a.matmul(b)))
            .and("raw", () -> raw(rawA, rawB))
            .measure(20, 31);
    var ratio = rounds.ratio("add", "raw");
    return List.of(
        new Figure("door", "add through the door, against the raw typed call", ratio, "x", null),
        figure(rounds, "raw", "add of two 2x2 tensors, raw typed call"),
        figure(rounds, "add", "add of two 2x2 tensors"),
        figure(rounds, "by name", "the same, called by name"),
        figure(rounds, "matmul", "matmul of two 2x2 tensors"));
  }

  private static Figure figure(Rounds rounds, String piece, String words) {
    var time = rounds.time(piece).map(micros -> micros / BATCH);
    return new Figure("door", words, time, "us", null);
  }

  private static void raw(org.bytedeco.pytorch.Tensor a, org.bytedeco.pytorch.Tensor b) {
    for (int i = 0; i < BATCH; i++) {
      a.add(b).close();
    }
  }

  private static void batch(Runnable operation) {
    Scope.run(() -> {
      for (int i = 0; i < BATCH; i++) {
        operation.run();
      }
    });
  }
}
