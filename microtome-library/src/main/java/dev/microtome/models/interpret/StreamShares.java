package dev.microtome.models.interpret;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.TransformerBlock;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Computes a [LogitAttribution]: one traced run, then everything after the stream is a direction,
/// and a share the product of a part with it.
final class StreamShares {
  private final LanguageModel<?> lm;
  private final Prompt prompt;
  private final Score score;

  StreamShares(LanguageModel<?> lm, Prompt prompt, Score score) {
    this.lm = lm;
    this.prompt = prompt;
    this.score = score;
  }

  /// What one block did at the last token.
  ///
  /// @param joined the heads' results side by side, (heads × head width)
  /// @param pattern (heads, tokens)
  /// @param values (key heads, tokens, head width)
  /// @param mlp (width)
  private record Did(Tensor joined, Tensor pattern, Tensor values, Tensor mlp) {}

  /// What a run gave at the last token.
  private record Seen(Tensor embedded, List<Did> blocks, Tensor stream, Tensor logits) {}

  LogitAttribution attributed() {
    return StillParameters.during(lm, () -> Scope.run(this::shares));
  }

  private LogitAttribution shares() {
    Seen seen = Grad.off(this::seen);
    Tensor ahead = gradient(seen.stream(), x -> score.of(lm.network().head().apply(x)));
    var norm = FrozenNorm.of(lm.network().finalNorm(), seen.stream());
    Tensor direction = norm.direction(ahead);
    var blocks = new ArrayList<LogitAttribution.Block>();
    for (int i = 0; i < seen.blocks().size(); i++) {
      TransformerBlock block = lm.network().blocks().get(i);
      blocks.add(block("block " + i, block, seen.blocks().get(i), direction));
    }
    double headBias = score.of(lm.network().head().apply(ahead.zerosLike().unsqueeze(0))).item();
    return new LogitAttribution(
        prompt,
        score.of(seen.logits()).item(),
        seen.embedded().mul(direction).sum().item(),
        blocks,
        norm.shift().mul(ahead).sum().item() + headBias);
  }

  private Seen seen() {
    var network = lm.network();
    return lm.trace(
        prompt.array(),
        t -> {
          var blocks = new ArrayList<Did>();
          Tensor embedded = t.at(network.embedded()).output().get(0, -1);
          for (TransformerBlock block : network.blocks()) {
            blocks.add(
                new Did(
                    t.at(block.join()).input().get(0, -1),
                    t.at(block.pattern()).output().get(0, ":", -1),
                    t.at(block.values()).output().get(0),
                    t.at(block.mlp()).output().get(0, -1)));
          }
          Tensor stream = t.at(network.blocks().getLast()).output().get(0, -1);
          return new Seen(embedded, blocks, stream, t.at(network.head()).output().select(1, -1));
        });
  }

  private LogitAttribution.Block block(
      String label, TransformerBlock block, Did did, Tensor direction) {
    Slot<Tensor, Tensor> join = block.join();
    Tensor through = gradient(did.joined(), x -> join.apply(x).mul(direction).sum());
    Tensor perHead = through.view(block.heads(), -1); // (H, D)
    long sharing = block.heads() / did.values().size(0);
    Tensor values = did.values().repeatInterleave(sharing, 0); // (H, T, D)
    Tensor bySource = values.mul(perHead.unsqueeze(1)).sum(-1).mul(did.pattern()); // (H, T)
    Tensor shares = did.joined().view(block.heads(), -1).mul(perHead).sum(-1); // (H)
    var heads = new ArrayList<LogitAttribution.Head>();
    for (int head = 0; head < block.heads(); head++) {
      var sources = new ArrayList<Double>();
      for (double share : bySource.get(head).toDoubles()) {
        sources.add(share);
      }
      heads.add(new LogitAttribution.Head(shares.get(head).item(), sources));
    }
    double bias = join.apply(did.joined().zerosLike().unsqueeze(0)).mul(direction).sum().item();
    return new LogitAttribution.Block(label, heads, bias, did.mlp().mul(direction).sum().item());
  }

  // The direction in which a linear function of `at` grows, (width).
  private static Tensor gradient(Tensor at, Function<Tensor, Tensor> function) {
    Tensor leaf = at.detach().copy().requiresGrad_(true);
    function.apply(leaf.unsqueeze(0)).sum().backward();
    return leaf.grad().detach();
  }
}
