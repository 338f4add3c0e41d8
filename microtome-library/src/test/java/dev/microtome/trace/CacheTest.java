package dev.microtome.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CacheTest {
  private Sequential net;
  private Model<Tensor, Tensor> model;
  private Tensor input;

  @BeforeEach
  void two_layers() {
    net = TwoLayers.seeded();
    model = Model.of(net);
    input = Tensor.rand(3, 5);
  }

  private static void same(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.toDoubles()).containsExactly(expected.toDoubles());
  }

  @Test
  void it_holds_what_every_layer_gave_with_the_edits_of_the_trace() {
    var cache = new Cache[1];
    List<Tensor> read =
        model.trace(
            input,
            t -> {
              cache[0] = t.cache(new CacheOptions().inputs(true));
              t.at("layer1").output(t.at("layer1").output().add(1));
              return List.of(t.at("layer1").output(), t.at("layer2").output());
            });

    same(cache[0].output("layer1"), read.get(0));
    same(cache[0].input("layer2"), read.get(0));
    same(cache[0].input("layer1"), input);
    same(cache[0].output(""), read.get(1));
    assertThat(cache[0].output("layer1").requiresGrad()).isFalse();
    assertThat(cache[0].calls("layer1")).isEqualTo(1);
    assertThat(cache[0].values().keySet())
        .extracting(Site::toString)
        .containsExactly(
            "input", "layer1.input", "layer1.output", "layer2.input", "layer2.output", "output");
  }

  @Test
  void layers_and_parts_are_chosen() {
    var caches = new ArrayList<Cache>();
    Tensor hidden =
        model.trace(
            input,
            t -> {
              var first = new CacheOptions().layers("layer1"::equals);
              caches.add(t.cache(first.keep(Keep.detached().at(-1).as(DType.FLOAT64))));
              caches.add(t.cache(first.keep(Keep.all().norm(1))));
              return t.at("layer1").output();
            });

    same(caches.get(0).output("layer1"), hidden.get(-1).to(DType.FLOAT64));
    same(caches.get(1).output("layer1"), hidden.norm(2, new long[] {1}, false));
    assertThat(caches.get(1).output("layer1").requiresGrad()).isTrue();
    assertThatThrownBy(() -> caches.get(0).output("layer2"))
        .isInstanceOf(MissingValueException.class)
        .hasMessageContaining("layer2.output is not in the cache")
        .hasMessageContaining("CacheTest.java:");
    assertThatThrownBy(() -> model.trace(input, t -> t.cache(new CacheOptions().outputs(false))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void each_invoke_caches_its_own_rows() {
    Tensor other = Tensor.rand(2, 5);
    List<Cache> caches =
        model.traceBatch(
            batch -> List.of(batch.invoke(input, Trace::cache), batch.invoke(other, Trace::cache)));

    Linear first = (Linear) net.layer("layer1");
    same(
        caches.get(0).output("layer1"),
        first.apply(Tensor.cat(List.of(input, other), 0)).get(":3"));
    assertThat(caches.get(1).output("layer1").shape()).hasToString("[2, 10]");
  }

  @Test
  void a_graph_with_a_cache_runs_elsewhere() {
    var recorded =
        model.record(
            input,
            t ->
                t.cache(
                    new CacheOptions()
                        .layers(path -> path.startsWith("layer"))
                        .keep(Keep.detached().at(":", "2:4").mean(-1).as(DType.FLOAT16))));
    GraphJson.Written written = GraphJson.write(recorded.graph());
    Graph read = GraphJson.read(written);
    assertThat(GraphJson.write(read).json()).isEqualTo(written.json());

    Cache here = recorded.run(input);
    Object there = model.run(read, input).values().iterator().next();
    Tensor elsewhere =
        (Tensor) ((Map<?, ?>) there).get(new Site("layer2", Site.Place.OUTPUT, 0, Site.ALL));
    same(here.output("layer2"), elsewhere);
  }

  @Test
  void what_is_saved_is_as_much_as_was_said() {
    var saved = new ArrayList<Tensor>();
    Tensor hidden =
        model.trace(
            input,
            t -> {
              Tensor out = t.at("layer1").output();
              saved.add(t.save(out, Keep.detached().at(0).as(DType.FLOAT16)));
              saved.add(t.save(out, Keep.all().max(0)));
              return out;
            });
    same(saved.get(0), hidden.detach().get(0).to(DType.FLOAT16));
    assertThat(saved.get(0).requiresGrad()).isFalse();
    same(saved.get(1), hidden.amax(0));
    assertThat(saved.get(1).requiresGrad()).isTrue();
    assertThatThrownBy(() -> Keep.all().mean()).hasMessageContaining("dimensions");
  }

  @Test
  void a_saved_value_that_holds_a_large_graph_is_told_with_its_line() {
    var wide = Model.of(new Linear(10, 10));
    Tensor many = Tensor.rand(1_000_000, 10);
    var reports = new ArrayList<Report>();
    wide.trace(
        many,
        t -> {
          t.report(reports::add);
          Tensor out = t.at(wide.network()).output();
          t.save(out, Keep.detached());
          return out.sum();
        });

    assertThat(reports.getFirst().held()).hasSize(1);
    Report.Held held = reports.getFirst().held().getFirst();
    assertThat(held.line()).startsWith("CacheTest.java:");
    assertThat(held.graph().operations()).isBetween(2, 5);
    assertThat(held.graph().bytes()).isBetween(40_000_000L, 100_000_000L);
    assertThat(held).asString().contains("detach()");
  }
}
