package dev.microtome.server;

import dev.microtome.models.GenerationOptions;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Batch;
import dev.microtome.trace.Cache;
import dev.microtome.trace.Keep;
import dev.microtome.trace.Model;
import dev.microtome.trace.Scan;
import dev.microtome.trace.Trace;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// What users do with a model: the same code is run here and elsewhere. Each case returns tensors,
/// alone or in lists and maps.
final class ConformanceTestCases {
  static final String TOWER = "The Eiffel Tower is in the city of";
  static final String COLOSSEUM = "The Colosseum is in";

  private ConformanceTestCases() {}

  static Map<String, Function<LanguageModel<Gpt2>, Object>> all() {
    Map<String, Function<LanguageModel<Gpt2>, Object>> cases = new LinkedHashMap<>();
    cases.put("one save", lm -> lm.trace(TOWER, t -> t.at("transformer.h.3").output()));
    cases.put("logits", lm -> lm.logits(TOWER));
    cases.put(
        "tokens", lm -> Tensor.of(lm.next(TOWER, 3).stream().mapToLong(n -> n.id()).toArray()));
    cases.put("zeroed", ConformanceTestCases::zeroed);
    cases.put("swapped by a constant", ConformanceTestCases::swapped);
    cases.put("rows", lm -> lm.trace(List.of(TOWER, COLOSSEUM), ConformanceTestCases::head));
    cases.put("batch", ConformanceTestCases::batch);
    cases.put("session", lm -> lm.session(ConformanceTestCases::patched));
    cases.put("steps", ConformanceTestCases::steps);
    cases.put("generations side by side", ConformanceTestCases::generations);
    cases.put("sampled", ConformanceTestCases::sampled);
    cases.put("generated text", lm -> Tensor.of(lm.generate(COLOSSEUM, 4).ids()));
    cases.put("edited", ConformanceTestCases::edited);
    cases.put("gradients", ConformanceTestCases::gradients);
    cases.put("cache", ConformanceTestCases::cache);
    cases.put(
        "kept part", lm -> lm.trace(TOWER, t -> t.save(head(t), Keep.detached().at(":", -1))));
    cases.put("branches and loops", ConformanceTestCases::branches);
    cases.put("skipped", ConformanceTestCases::skipped);
    cases.put("stopped", ConformanceTestCases::stopped);
    cases.put(
        "parameter", lm -> lm.trace(TOWER, t -> t.parameter("lm_head.weight").narrow(0, 0, 3)));
    cases.put("recorded", ConformanceTestCases::recorded);
    cases.put("tokens by word", ConformanceTestCases::byWord);
    return cases;
  }

  /// Cases that fail, here as elsewhere.
  static Map<String, Function<LanguageModel<Gpt2>, Object>> failing() {
    Map<String, Function<LanguageModel<Gpt2>, Object>> cases = new LinkedHashMap<>();
    cases.put(
        "shape known beforehand", lm -> lm.trace(TOWER, t -> head(t).matmul(Tensor.zeros(3, 3))));
    cases.put("shape known in the run", ConformanceTestCases::lateShape);
    cases.put("layer in the run", ConformanceTestCases::lateLayer);
    cases.put("step that never came", ConformanceTestCases::missingStep);
    cases.put("out of order", ConformanceTestCases::outOfOrder);
    cases.put("no such layer", lm -> lm.trace(TOWER, t -> t.at("transformer.h.77").output()));
    cases.put("second trace of a session", ConformanceTestCases::failingSession);
    cases.put("no gradient", ConformanceTestCases::noGradient);
    cases.put("value of a branch not taken", ConformanceTestCases::notTaken);
    return cases;
  }

  /// Cases that log, here as elsewhere.
  static Map<String, Function<LanguageModel<Gpt2>, Object>> logging() {
    Map<String, Function<LanguageModel<Gpt2>, Object>> cases = new LinkedHashMap<>();
    cases.put("numbers and tensors", ConformanceTestCases::logged);
    cases.put("steps that log", ConformanceTestCases::loggedSteps);
    cases.put("a branch and a loop that log", ConformanceTestCases::loggedChoices);
    return cases;
  }

  private static Object logged(LanguageModel<Gpt2> lm) {
    return lm.trace(
        TOWER,
        t -> {
          Tensor hidden = t.at("transformer.h.1").output();
          t.log("<b>mean\n", hidden.mean(), hidden.get(0, -1).narrow(0, 0, 3), Tensor.of(1, 2));
          Tensor head = head(t);
          t.log("next", head.get(0, -1).argmax());
          t.log("all of it", head);
          return head;
        });
  }

  private static Object loggedSteps(LanguageModel<Gpt2> lm) {
    return lm.trace(
        TOWER,
        new GenerationOptions().maxNewTokens(3).greedy(),
        t -> {
          t.steps(
              0,
              3,
              s -> {
                s.log("step", head(s).get(0, -1).argmax());
                return 0;
              });
          return t.generated();
        });
  }

  private static Object loggedChoices(LanguageModel<Gpt2> lm) {
    return lm.trace(
        TOWER,
        t -> {
          Tensor mean = t.at("transformer.h.0").output().mean();
          t.when(mean.lt(1e9), () -> t.log("small", mean));
          t.when(mean.gt(1e9), () -> t.log("large", mean));
          return t.repeat(
              5L,
              mean,
              (round, sum) -> {
                t.log("round", round);
                return sum.add(1);
              });
        });
  }

  private static Tensor head(Trace t) {
    return t.at("lm_head").output();
  }

  private static Object zeroed(LanguageModel<Gpt2> lm) {
    return lm.trace(
        TOWER,
        t -> {
          t.at(lm.network().blocks().getLast().mlp()).output().at(":", -1).set(0);
          return head(t);
        });
  }

  private static Object swapped(LanguageModel<Gpt2> lm) {
    long width = lm.network().blocks().size();
    return lm.trace(
        TOWER,
        t -> {
          var out = t.at("transformer.h.1").output();
          t.at("transformer.h.1").output(out.add(Tensor.ones(1).mul(0.5)).mul(width));
          return head(t).argmax(-1);
        });
  }

  private static Object batch(LanguageModel<Gpt2> lm) {
    return lm.traceBatch((Batch<String> batch) -> {
      Tensor clean = batch.invoke(TOWER, t -> t.at("transformer.h.2").output().get(":", -1));
      Tensor patched =
          batch.invoke(
              COLOSSEUM,
              t -> {
                t.at("transformer.h.2").output().at(":", -1).set(clean);
                return head(t);
              });
      return List.of(clean, patched);
    });
  }

  private static Object patched(LanguageModel<Gpt2> lm) {
    Tensor clean = lm.trace(TOWER, t -> t.at("transformer.h.1").output().get(":", -1));
    Tensor out =
        lm.trace(
            COLOSSEUM,
            t -> {
              t.at("transformer.h.1").output().at(":", -1).set(clean.mul(0.5));
              return head(t);
            });
    Tensor text = lm.trace(COLOSSEUM, new GenerationOptions().maxNewTokens(2), Trace::generated);
    return List.of(out, text);
  }

  private static Object steps(LanguageModel<Gpt2> lm) {
    return lm.trace(
        TOWER,
        new GenerationOptions().maxNewTokens(3).greedy(),
        t -> {
          t.step(1).at("transformer.h.0.mlp").output().mul_(0.5);
          return List.of(
              List.copyOf(t.steps(0, 3, s -> head(s).get(":", -1))), List.of(t.generated()));
        });
  }

  private static Object generations(LanguageModel<Gpt2> lm) {
    return lm.traceBatch(
        new GenerationOptions().maxNewTokens(3).greedy(),
        batch ->
            List.of(
                batch.invoke(TOWER, t -> List.of(t.generated(), head(t.step(2)))),
                batch.invoke(
                    COLOSSEUM,
                    t -> {
                      t.step(0).at("transformer.h.1.mlp").output().at(":").set(0);
                      return List.of(t.generated());
                    })));
  }

  private static Object sampled(LanguageModel<Gpt2> lm) {
    var options = new GenerationOptions().maxNewTokens(6).temperature(1.5).seed(11);
    return lm.trace(TOWER, options, Trace::generated);
  }

  private static Object edited(LanguageModel<Gpt2> lm) {
    LanguageModel<Gpt2> edited =
        lm.edit(TOWER, t -> t.at("transformer.h.2.mlp").output().mul_(Tensor.of(0.1)));
    return List.of(
        edited.logits(TOWER),
        edited.trace(TOWER, new GenerationOptions().maxNewTokens(2), Trace::generated));
  }

  private static Object gradients(LanguageModel<Gpt2> lm) {
    return lm.trace(
        TOWER,
        t -> {
          Tensor hidden = t.at("transformer.h.1").output();
          hidden.requiresGrad_(true);
          Tensor gradient = hidden.grad();
          head(t).get(":", -1).sum().backward();
          return gradient;
        });
  }

  private static Object cache(LanguageModel<Gpt2> lm) {
    Cache[] cache = new Cache[1];
    Tensor head =
        lm.trace(
            TOWER,
            t -> {
              cache[0] = t.cache();
              return head(t);
            });
    return List.of(head, cache[0].values());
  }

  private static Object branches(LanguageModel<Gpt2> lm) {
    return lm.trace(
        TOWER,
        t -> {
          Tensor mean = t.at("transformer.h.0").output().mean();
          Tensor chosen = t.when(mean.gt(0), () -> mean.mul(2), () -> mean.sub(1));
          Tensor sum = t.repeat(4L, chosen, (round, state) -> state.add(round.to(state.dtype())));
          t.when(mean.lt(1e9), () -> t.at("transformer.h.2").output().mul_(2));
          return List.of(chosen, sum, head(t));
        });
  }

  private static Object skipped(LanguageModel<Gpt2> lm) {
    return lm.trace(
        TOWER,
        t -> {
          var block = t.at("transformer.h.2");
          block.skip(t.at("transformer.h.1").output());
          return head(t);
        });
  }

  private static Object stopped(LanguageModel<Gpt2> lm) {
    return lm.trace(
        TOWER,
        t -> {
          t.stop();
          return t.at("transformer.h.0").output();
        });
  }

  private static Object recorded(LanguageModel<Gpt2> lm) {
    return lm.record(TOWER, t -> head(t).get(":", -1))
        .together(3)
        .runAll(List.of(TOWER, COLOSSEUM, "Rome", "Big Ben is in"))
        .toList();
  }

  private static Object byWord(LanguageModel<Gpt2> lm) {
    return lm.trace(TOWER, t -> t.at("transformer.h.1").output().get(":", t.token("Tower")));
  }

  // ---- what fails ----

  private static Object unscanned(LanguageModel<Gpt2> lm, Function<Trace, Object> body) {
    Model<?, ?> model = lm.model();
    return Unscanned.trace(model, lm.input(TOWER), body);
  }

  /// Traces without knowing shapes, so that the run itself refuses.
  private static final class Unscanned {
    @SuppressWarnings("unchecked")
    static <I> Object trace(Model<?, ?> model, I input, Function<Trace, Object> body) {
      return ((Model<I, ?>) model).trace(input, Scan.OFF, body);
    }
  }

  private static Object lateShape(LanguageModel<Gpt2> lm) {
    return unscanned(lm, t -> head(t).matmul(Tensor.zeros(3, 3)));
  }

  private static Object lateLayer(LanguageModel<Gpt2> lm) {
    return unscanned(
        lm,
        t -> {
          t.at("transformer.h.1").output(Tensor.zeros(1, 2, 3));
          return head(t);
        });
  }

  private static Object missingStep(LanguageModel<Gpt2> lm) {
    var options = new GenerationOptions().maxNewTokens(2);
    return lm.trace(TOWER, options, t -> t.step(7).at("lm_head").output());
  }

  private static Object outOfOrder(LanguageModel<Gpt2> lm) {
    return unscanned(
        lm,
        t -> {
          Tensor late = t.at("transformer.h.3").output();
          t.at("transformer.h.0").output(late);
          return head(t);
        });
  }

  private static Object failingSession(LanguageModel<Gpt2> lm) {
    return lm.session(m -> {
      Tensor first = m.trace(TOWER, ConformanceTestCases::head);
      Object second =
          Unscanned.trace(m.model(), m.input(TOWER), t -> head(t).matmul(Tensor.zeros(3, 3)));
      return List.of(first, second);
    });
  }

  private static Object noGradient(LanguageModel<Gpt2> lm) {
    return lm.trace(TOWER, t -> t.at("transformer.wte").output().grad());
  }

  private static Object notTaken(LanguageModel<Gpt2> lm) {
    Tensor[] kept = new Tensor[1];
    lm.trace(
        TOWER,
        t -> {
          Tensor mean = t.at("transformer.h.0").output().mean();
          t.when(mean.gt(1e9), () -> kept[0] = mean.mul(2).save());
          return mean;
        });
    return kept[0].toFloats();
  }
}
