package dev.microtome.server.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.Dora;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.server.ShippedFolder;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Payload;
import dev.microtome.server.queue.Claim;
import dev.microtome.server.queue.Draft;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Trace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Jobs side by side, after each other, with adapters and random numbers: none sees the others.
class IsolationTest {
  private static final int JOBS = Integer.getInteger("microtome.isolation.jobs", 64);
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  @TempDir static Path folder;
  private static InProcess engine;

  @BeforeAll
  static void start() throws IOException {
    engine = InProcess.start("facts", withAdapters(folder.resolve("model")), 16);
  }

  @AfterAll
  static void stop() {
    engine.close();
  }

  /// The shipped model with two adapters that do something.
  private static Path withAdapters(Path model) throws IOException {
    Files.createDirectories(model.resolve("adapters"));
    try (var files = Files.list(ShippedFolder.path())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, model.resolve(file.getFileName()));
      }
    }
    for (String name : List.of("one", "two")) {
      LanguageModel<Gpt2> lm = LanguageModel.shipped();
      lm.loadWeights();
      Adapters adapters = Dora.rank(2).applyTo(lm.network(), LinearPlaces.allButHead());
      Grad.off(() ->
          adapters
              .parts(adapters.names().iterator().next())
              .values()
              .forEach(part -> {
                part.matrixB().fill_(name.equals("one") ? 0.05 : -0.05);
              }));
      PeftAdapter.of(adapters, adapters.names().iterator().next(), null)
          .write(model.resolve("adapters").resolve(name));
    }
    return model;
  }

  private static Map<JobId, Draft> run(List<Claim> claims) throws InterruptedException {
    var ended = new Ended(folder);
    engine.run(claims, ended);
    assertThat(ended.failed()).isEmpty();
    return ended.completed();
  }

  private static Tensor only(Draft result) {
    try (var file = Ended.result(result)) {
      return file.tensor(file.names().getFirst());
    }
  }

  private static Tensor alone(Payload payload) throws InterruptedException {
    Claim claim = Claims.of(payload);
    return only(run(List.of(claim)).get(claim.job().id()));
  }

  @Test
  void batched_jobs_say_what_they_say_alone() throws InterruptedException {
    var random = new Random(5);
    var payloads = new ArrayList<Payload>();
    for (int i = 0; i < JOBS; i++) {
      payloads.add(Jobs.random(random));
    }
    long shared = engine.engine().shared();
    String before = Canary.ofWeights(engine.engine().hosted().language().network());
    int mismatches = 0;
    double most = 0;
    for (int from = 0; from < JOBS; from += 16) {
      List<Payload> some = payloads.subList(from, Math.min(JOBS, from + 16));
      List<Claim> claims = some.stream().map(Claims::of).toList();
      Map<JobId, Draft> together = run(claims);
      for (int i = 0; i < claims.size(); i++) {
        Tensor batched = only(together.get(claims.get(i).job().id()));
        Tensor lonely = alone(some.get(i));
        mismatches += batched.argmax(-1).equal(lonely.argmax(-1)) ? 0 : 1;
        most = Math.max(most, batched.sub(lonely).abs().max().item());
      }
    }
    System.out.printf(
        "%d mixed jobs, batched and alone: %d top-1 mismatches, largest difference %.2g%n",
        JOBS, mismatches, most);
    assertThat(mismatches).isZero();
    assertThat(engine.engine().shared() - shared).isGreaterThan(JOBS / 2);
    assertThat(most).isLessThan(1e-3);
    assertThat(Canary.ofWeights(engine.engine().hosted().language().network())).isEqualTo(before);
  }

  @Test
  void adapters_touch_nobody_else() throws InterruptedException {
    Tensor base = alone(Jobs.plain(PROMPT));
    Payload one = Jobs.of(IsolationTest::logits, "one");
    Payload two = Jobs.of(IsolationTest::logits, "two");
    Tensor first = alone(one);
    Tensor second = alone(two);
    assertThat(first.equal(base)).isFalse();
    assertThat(second.equal(first)).isFalse();
    for (int i = 0; i < 5; i++) {
      Claim plain = Claims.of(Jobs.plain(PROMPT));
      Claim adapted = Claims.of(i % 2 == 0 ? one : two);
      Map<JobId, Draft> results = run(List.of(adapted, plain));
      assertThat(only(results.get(plain.job().id())).equal(base)).isTrue();
      assertThat(only(results.get(adapted.job().id())).equal(i % 2 == 0 ? first : second)).isTrue();
    }
  }

  private static Object logits(LanguageModel<Gpt2> lm) {
    return lm.trace(PROMPT, t -> t.at("lm_head").output().get(":", -1));
  }

  @Test
  void random_numbers_are_a_jobs_own() throws InterruptedException {
    var options = new GenerationOptions().maxNewTokens(8).temperature(1.2).seed(3);
    Payload sampled = Jobs.of(lm -> lm.trace(PROMPT, options, Trace::generated));
    Tensor lonely = alone(sampled);
    for (int i = 0; i < 3; i++) {
      Claim own = Claims.of(sampled);
      var others = new GenerationOptions().maxNewTokens(5 + i).temperature(1.2);
      Claim other = Claims.of(Jobs.of(lm -> lm.trace(PROMPT, others, Trace::generated)));
      Map<JobId, Draft> results = run(List.of(other, own));
      assertThat(only(results.get(own.job().id())).equal(lonely)).isTrue();
    }
  }

  @Test
  void gradients_are_forgotten_after_a_job() throws InterruptedException {
    Payload backward =
        Jobs.of(lm ->
            lm.trace(
                PROMPT,
                t -> {
                  var out = t.at("transformer.h.1").output();
                  out.requiresGrad_(true);
                  var gradient = out.grad();
                  t.at("lm_head").output().get(":", -1).sum().backward();
                  return gradient;
                }));
    Tensor once = alone(backward);
    assertThat(alone(backward).equal(once)).isTrue();
    assertThat(engine.engine().hosted().language().network().parameters())
        .noneMatch(Tensor::hasGrad);
  }

  @Test
  void a_failing_job_takes_nobody_with_it() throws InterruptedException {
    Claim good = Claims.of(Jobs.plain(PROMPT));
    Claim bad =
        Claims.of(
            Jobs.of(lm ->
                lm.model()
                    .trace(
                        lm.input(PROMPT),
                        dev.microtome.trace.Scan.OFF,
                        t -> t.at("lm_head").output().matmul(Tensor.zeros(3, 3)))));
    var ended = new Ended(folder);
    engine.run(List.of(bad, good), ended);
    assertThat(ended.completed()).containsOnlyKeys(good.job().id());
    assertThat(ended.failed().get(bad.job().id()).kind()).isEqualTo("torch");
  }

  @Test
  void weights_are_read_and_not_changed() throws InterruptedException {
    Tensor base = alone(Jobs.plain(PROMPT));
    String before = Canary.ofWeights(engine.engine().hosted().language().network());
    List<Function<Tensor, Tensor>> writes =
        List.of(
            weight -> weight.detach().contiguous().mul_(0.5),
            weight -> weight.detach().swapaxes(0, 1).add_(1),
            weight -> weight.detach().asStrided(new long[] {3}, new long[] {1}, 5).zero_(),
            weight ->
                Tensor.ones(2, 32)
                    .batchNorm(
                        null,
                        null,
                        weight.detach().get(0),
                        weight.detach().get(1),
                        true,
                        0.1,
                        1e-5));
    for (var write : writes) {
      Claim claim =
          Claims.of(
              Jobs.of(lm ->
                  lm.trace(
                      PROMPT,
                      t -> {
                        var written = write.apply(t.parameter("transformer.wpe.weight"));
                        return t.at("lm_head").output().get(":", -1).add(written.sum());
                      })));
      var ended = new Ended(folder);
      engine.run(List.of(claim), ended);
      Failure failure = ended.failed().get(claim.job().id());
      assertThat(failure.message()).contains("weights");
      assertThat(failure.node()).isPositive();
    }
    assertThat(alone(Jobs.plain(PROMPT)).equal(base)).isTrue();
    assertThat(Canary.ofWeights(engine.engine().hosted().language().network())).isEqualTo(before);
  }

  @Test
  void memory_beside_ones_own_rows_is_not_reached() throws InterruptedException {
    Payload reaches =
        Jobs.of(lm ->
            lm.trace(
                PROMPT,
                t -> {
                  var out = t.at("transformer.h.1").output();
                  return out.asStrided(new long[] {2 * out.numel()}, new long[] {1}, 0);
                }));
    Claim claim = Claims.of(reaches);
    var ended = new Ended(folder);
    engine.run(List.of(claim, Claims.of(Jobs.plain(PROMPT))), ended);
    assertThat(ended.failed().get(claim.job().id()).message()).contains("out of bounds");
    assertThat(ended.completed()).hasSize(1);
  }

  @Test
  void what_prompts_share_is_not_changed_for_others() throws InterruptedException {
    Payload changes =
        Jobs.of(lm ->
            lm.trace(
                PROMPT,
                t -> {
                  t.at("transformer.wpe").output().mul_(0);
                  return t.at("lm_head").output().get(":", -1);
                }));
    Tensor base = alone(Jobs.plain(PROMPT));
    Tensor lonely = alone(changes);
    Claim plain = Claims.of(Jobs.plain(PROMPT));
    Claim changing = Claims.of(changes);
    Map<JobId, Draft> results = run(List.of(changing, plain));
    assertThat(only(results.get(plain.job().id())).equal(base)).isTrue();
    assertThat(only(results.get(changing.job().id())).equal(lonely)).isTrue();
  }
}
