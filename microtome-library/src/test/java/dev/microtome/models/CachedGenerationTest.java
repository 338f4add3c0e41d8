package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Cache;
import dev.microtome.trace.CacheOptions;
import dev.microtome.trace.Keep;
import dev.microtome.trace.Report;
import dev.microtome.trace.Site;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CachedGenerationTest {
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();
  private static final String PARIS = "The Eiffel Tower is in the city of";

  @Test
  void a_cache_holds_every_step_of_a_generation() {
    var options = new GenerationOptions().maxNewTokens(3);
    var streams =
        new CacheOptions()
            .layers(path -> path.matches("transformer\\.h\\.\\d+"))
            .inputs(true)
            .keep(Keep.detached().at(":", -1).as(DType.FLOAT64));
    Cache cache = LM.trace(PARIS, options, t -> t.cache(streams));

    for (int block = 0; block < 4; block++) {
      assertThat(cache.calls("transformer.h." + block)).isEqualTo(3);
    }
    assertThat(cache.output("transformer.h.0", 2).toDoubles())
        .containsExactly(cache.input("transformer.h.1", 2).toDoubles());
    assertThat(cache.output("transformer.h.3", 1).shape()).hasToString("[1, 32]");
    assertThatThrownBy(() -> cache.output("transformer.h.3", 3)).hasMessageContaining("3 calls");
  }

  @Test
  void a_cache_of_a_prompt_in_a_batch_is_that_of_the_prompt_alone() {
    String longer = "Many tourists visit the Eiffel Tower when they are in";
    var blocks = new CacheOptions().layers(path -> path.matches("transformer\\.h\\.\\d+"));
    Grad.off(() -> {
      List<Cache> together =
          LM.traceBatch(batch ->
              List.of(
                  batch.invoke(PARIS, t -> t.cache(blocks)),
                  batch.invoke(longer, t -> t.cache(blocks))));
      Cache alone = LM.trace(PARIS, t -> t.cache(blocks));
      for (int block = 0; block < 4; block++) {
        Tensor one = alone.output("transformer.h." + block);
        Tensor ofBatch = together.getFirst().output("transformer.h." + block);
        assertThat(ofBatch.shape()).isEqualTo(one.shape());
        assertThat(ofBatch.sub(one).abs().max().item()).isLessThan(1e-5);
      }
    });
  }

  @Test
  void a_report_counts_the_steps_of_a_generation() {
    var reports = new ArrayList<Report>();
    LM.trace(
        PARIS,
        new GenerationOptions().maxNewTokens(3),
        t -> {
          t.report(reports::add);
          t.step(1).at(LM.network().lmHead).output().mul_(1);
          return t.generated();
        });
    assertThat(reports.getFirst().passed().getFirst())
        .isEqualTo(new Report.Passed("lm_head", Site.Place.OUTPUT, 3));
    assertThat(reports.getFirst().idle()).hasSize(1);
  }
}
