package dev.microtome.bench;

import dev.microtome.nn.Hook;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.trace.Model;
import dev.microtome.trace.Scan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What looking inside costs: the walkthrough's two-layer network, where the fixed price shows.
///
/// Every figure is the time over a bare run of the same network in the same round.
final class TraceBench implements Benchmark {
  @Override
  public String name() {
    return "trace";
  }

  @Override
  public String about() {
    return "cost of traces, reads and edits over a bare run; GPT-2-small shape; loading 500 MB";
  }

  @Override
  public List<Figure> run() {
    Torch.threads(1);
    var net =
        Sequential.named()
            .add("layer1", new Linear(5, 10))
            .add("layer2", new Linear(10, 2))
            .build();
    net.freeze();
    var figures = new ArrayList<>(Grad.off(() -> twoLayers(net, Tensor.rand(1, 5))));
    for (Benchmark more :
        List.of(new DoorBench(), new Gpt2TraceBench(), new PromptTraceBench(), new LoadBench())) {
      figures.addAll(more.run());
    }
    return figures;
  }

  private static List<Figure> twoLayers(Sequential net, Tensor input) {
    var model = Model.of(net);
    var nothing = model.record(input, t -> null);
    var oneRead = model.record(input, t -> t.at("layer1").output());
    var edited = model.record(input, t -> edit(t.at("layer1").output()));
    var rounds =
        Rounds.of("bare", () -> net.apply(input))
            .and("hook", () -> rawHook(net, input))
            .and("empty, recorded", () -> nothing.run(input))
            .and("read, recorded", () -> oneRead.run(input))
            .and("edit, recorded", () -> edited.run(input))
            .and("empty", () -> model.trace(input, t -> null))
            .and("read", () -> model.trace(input, t -> t.at("layer1").output()))
            .and("edit", () -> model.trace(input, t -> edit(t.at("layer1").output())))
            .and("unscanned", () -> model.trace(input, Scan.OFF, t -> t.at("layer1").output()))
            .measure(2_000, 31);
    return List.of(
        new Figure("trace", "bare run of the two-layer net", rounds.time("bare"), "us", null),
        over(rounds, "hook", "bare", "a hook put on, called and taken off", null),
        over(rounds, "empty, recorded", "bare", "recorded trace, nothing asked", Figure.atMost(20)),
        over(rounds, "read, recorded", "empty, recorded", "  one read more", Figure.atMost(5)),
        over(rounds, "edit, recorded", "empty, recorded", "  one edit and one read more", null),
        over(rounds, "empty", "bare", "fresh trace, nothing asked, scan known", null),
        over(rounds, "read", "bare", "fresh trace, one read, scan known", Figure.atMost(60)),
        over(rounds, "edit", "bare", "fresh trace, one edit and one read, scan known", null),
        over(rounds, "unscanned", "bare", "fresh trace, one read, scan off", null));
  }

  private static Tensor edit(Tensor out) {
    out.at(":", 0).set(0);
    return out;
  }

  private static void rawHook(Sequential net, Tensor input) {
    Tensor[] seen = new Tensor[1];
    try (Hook _ =
        net.layer("layer1")
            .onOutput((_, value) -> {
              seen[0] = (Tensor) value;
              return value;
            })) {
      net.apply(input);
    }
  }

  private static Figure over(
      Rounds rounds, String piece, String base, String words, Figure.@Nullable Goal goal) {
    var extra = rounds.difference(piece, base);
    return new Figure("trace", words, extra, "us", goal);
  }
}
