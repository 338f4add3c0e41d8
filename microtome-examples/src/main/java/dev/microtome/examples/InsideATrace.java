package dev.microtome.examples;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Cache;
import dev.microtome.trace.CacheOptions;
import dev.microtome.trace.Keep;
import dev.microtome.trace.Report;

/// What a trace can do beside reading and writing, on the shipped model: tell what happened, keep
/// what many layers give, look at weights, decide while the model runs, and hand values on.
public final class InsideATrace {
  private static final String PARIS = "The Eiffel Tower is in the city of";
  private static final String ROME = "The Colosseum is in the city of";

  private final LanguageModel<Gpt2> lm = LanguageModel.shipped();
  private final Gpt2 gpt2 = lm.network();

  private InsideATrace() {}

  public static void main(String[] args) {
    var inside = new InsideATrace();
    Grad.off(() -> {
      inside.report();
      inside.cache();
      inside.weights();
      inside.decide();
      inside.session();
    });
  }

  /// Which of these edits did anything?
  private void report() {
    lm.trace(
        PARIS,
        t -> {
          t.report(InsideATrace::print);
          t.at("transformer.h.3.attn").output().at(":").set(0);
          t.at("transformer.h.3.mlp").output().mul_(1);
          return null;
        });
  }

  private static void print(Report report) {
    for (Report.Edit edit : report.edits()) {
      System.out.println(
          edit.what() + (edit.changedNothing() ? ": changed nothing" : ": made a difference"));
    }
  }

  /// How long the residual stream of the last token gets.
  private void cache() {
    var lengths =
        new CacheOptions()
            .layers(path -> path.matches("transformer\\.h\\.\\d"))
            .keep(Keep.detached().at(0, -1).norm(-1));
    Cache cache = lm.trace(PARIS, t -> t.cache(lengths));
    for (int block = 0; block < gpt2.transformer.h.size(); block++) {
      System.out.printf("block %d: %.2f%n", block, cache.output("transformer.h." + block).item());
    }
  }

  /// What the last MLP adds to the stream, in the direction of one token.
  private void weights() {
    long paris = lm.encode(" Paris")[0];
    Tensor towards =
        lm.trace(
            PARIS,
            t -> {
              Tensor direction = t.parameter("lm_head.weight").get(paris);
              Tensor added = t.at("transformer.h.3.mlp").output().get(0, -1);
              t.log("length", added.norm()); // when the run is there; to the program's log
              return added.mul(direction).sum();
            });
    System.out.printf("towards Paris: %.2f%n", towards.item());
  }

  /// Shortens the stream of the last token where it is longer than 5, and nowhere else.
  private void decide() {
    for (int block = 0; block < 2; block++) {
      String path = "transformer.h." + block;
      Tensor length =
          lm.trace(
              PARIS,
              t -> {
                Tensor stream = t.at(path).output();
                Tensor was = stream.get(0, -1).norm();
                t.when(was.gt(5), () -> stream.at(0, -1).set(stream.get(0, -1).mul(5).div(was)));
                return stream.get(0, -1).norm();
              });
      System.out.printf("block %d, at most 5: %.2f%n", block, length.item());
    }
  }

  /// The stream of one prompt goes into the run of another.
  private void session() {
    Tensor id =
        lm.session(m -> {
          Tensor stream = m.trace(ROME, t -> t.at("transformer.h.3").output().get(0, -1));
          return m.trace(
              PARIS,
              t -> {
                t.at("transformer.h.3").output().at(0, -1).set(stream);
                return t.at(gpt2.lmHead).output().get(0, -1).argmax(-1);
              });
        });
    System.out.println("with the stream of the other prompt:" + lm.text((long) id.item()));
  }
}
