package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.PeakMemory;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.TorchException;
import dev.microtome.trace.GraphJson;
import dev.microtome.trace.MissingValueException;
import dev.microtome.trace.Model;
import dev.microtome.trace.Trace;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What an interpretability library must do, case by case. What has a test elsewhere:
///
/// | case | test |
/// |---|---|
/// | values, edits, swaps and gradients of a network of two layers | `TraceTest` |
/// | a view sees a later edit in place; a swap by a later layer's value is refused | `TraceTest` |
/// | two prompts with different edits; embeddings of one put into another | `InterventionsTest` |
/// | three steps of a generation and what they made | `InterventionsTest` |
/// | a run ends early | `InterventionsTest` |
/// | skipped layers: chains, inner layers, one prompt of a batch, one step | `SkipTest` |
/// | a generation decodes to the right city | `LanguageModelTest` |
/// | caches | `CacheTest` |
class BehavioursTest {
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();
  private static final Gpt2 GPT2 = LM.network();
  private static final Gpt2.Block LAST = GPT2.transformer.h.get(3);
  private static final String PARIS = "The Eiffel Tower is in the city of";
  private static final String LONGER = "Many tourists visit the Eiffel Tower when they are in";

  private static Tensor logits(Trace t) {
    return t.at(GPT2.lmHead).output();
  }

  private static void close(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.sub(expected).abs().max().item()).isLessThan(1e-5);
  }

  private static Sequential twoLayers(long width) {
    Torch.manualSeed(3);
    return Sequential.named()
        .add("layer1", new Linear(5, width))
        .add("layer2", new Linear(width, 2))
        .build();
  }

  @Nested
  class gradients {
    @Test
    void a_replaced_gradient_is_what_later_reads_see() {
      record Seen(Tensor before, Tensor after) {}
      var model = Model.of(twoLayers(10));
      Seen seen =
          model.trace(
              Tensor.rand(1, 5),
              t -> {
                Tensor hidden = t.at("layer1").output();
                Tensor before = hidden.grad().copy();
                hidden.grad(hidden.grad().copy().mul(2));
                Tensor after = hidden.grad();
                t.at("layer2").output().sum().backward();
                return new Seen(before, after);
              });
      close(seen.after(), seen.before().mul(2));
    }

    @Test
    void two_backwards_each_have_gradients_of_their_own() {
      List<Tensor> seen =
          LM.trace(
              PARIS,
              t -> {
                Tensor stream = t.at(LAST).output();
                Tensor once = stream.grad();
                Tensor score = logits(t).get(0, -1).max();
                score.backward(null, true, false);
                Tensor twice = stream.grad();
                score.mul(2).backward();
                return List.of(once, twice);
              });
      close(seen.get(1), seen.get(0).mul(2));
    }
  }

  @Nested
  class layers_called_in_a_trace {
    @Test
    void the_head_reads_any_layers_stream() {
      Tensor lens =
          LM.trace(PARIS, t -> GPT2.lmHead.apply(GPT2.transformer.lnF.apply(t.at(LAST).output())));
      close(lens, LM.logits(PARIS));
    }

    @Test
    void a_layer_from_outside_may_be_put_in_for_good() {
      var adapter = new Linear(32, 32, false);
      LanguageModel<Gpt2> edited =
          LM.edit(
              PARIS,
              t -> {
                t.at(LAST.mlp).output(adapter.apply(t.at(LAST.mlp).output()));
                return null;
              });
      Tensor plain = LM.logits(LONGER);

      adapter.load(Map.of("weight", Tensor.eye(32)));
      close(edited.logits(LONGER), plain);
      close(LM.logits(LONGER), plain);
    }

    @Test
    void one_that_gives_zeros_is_the_layer_zeroed() {
      LanguageModel<Gpt2> edited =
          LM.edit(
              PARIS,
              t -> {
                Tensor out = t.at(LAST.mlp).output();
                t.at(LAST.mlp).output(out.mul(Tensor.zeros(32)));
                return null;
              });
      close(
          edited.logits(LONGER),
          LM.trace(
              LONGER,
              t -> {
                t.at(LAST.mlp).output().at(":").set(0);
                return logits(t);
              }));
    }

    @Test
    void edits_add_up_and_each_model_has_its_own() {
      LanguageModel<Gpt2> once = LM.edit(PARIS, t -> t.at(LAST.mlp).output().mul_(0));
      LanguageModel<Gpt2> twice = once.edit(PARIS, t -> t.at(LAST.attn).output().mul_(0));
      Tensor plain = LM.logits(PARIS);
      assertThat(once.model().edits().size()).isLessThan(twice.model().edits().size());
      close(
          twice.logits(PARIS),
          LM.trace(
              PARIS,
              t -> {
                t.at(LAST.mlp).output().mul_(0);
                t.at(LAST.attn).output().mul_(0);
                return logits(t);
              }));
      close(LM.logits(PARIS), plain);
    }

    @Test
    void an_edit_holds_for_each_row() {
      LanguageModel<Gpt2> edited = LM.edit(PARIS, t -> t.at(LAST.mlp).output().mul_(0));
      Tensor both = edited.trace(List.of(PARIS, PARIS), BehavioursTest::logits);
      close(both.get("0:1"), edited.logits(PARIS));
      close(both.get("1:2"), edited.logits(PARIS));
    }
  }

  @Nested
  class errors {
    private static void refusedHere(Function<Trace, ?> body) {
      assertThatThrownBy(() -> LM.trace(PARIS, body))
          .isInstanceOf(TorchException.class)
          .hasMessageContaining("index 99 is out of bounds for dimension 1 with size 10")
          .hasMessageContaining("BehavioursTest.java:");
    }

    private static Tensor tooFar(Tensor stream) {
      return stream.get(0, 1).add(stream.get(0, 2)).add(stream.get(0, 99));
    }

    @Test
    void keep_their_type_and_say_the_line_in_the_body() {
      refusedHere(t -> t.at(LAST).output().get(0, 99));
    }

    @Test
    void in_a_helper_function() {
      refusedHere(t -> tooFar(t.at(LAST).output()));
    }

    @Test
    void before_a_backward_pass() {
      refusedHere(t -> {
        Tensor gradient = t.at(LAST).output().grad();
        tooFar(logits(t)).sum().backward();
        return gradient;
      });
    }

    @Test
    void in_a_loop() {
      refusedHere(t -> {
        for (long at = 97; at < 100; at++) {
          t.at(LAST).output().get(0, at == 99 ? 99 : 0);
        }
        return null;
      });
    }

    @Test
    void in_an_invoke_and_at_a_step() {
      assertThatThrownBy(() ->
              LM.<Tensor>traceBatch(b -> {
                b.invoke(LONGER, BehavioursTest::logits);
                return b.invoke(PARIS, t -> t.at(LAST).output().get(0, 99));
              }))
          .isInstanceOf(TorchException.class)
          .hasMessageContaining("dimension 1 with size 10")
          .hasMessageContaining("BehavioursTest.java:");
      var options = new GenerationOptions().maxNewTokens(3);
      assertThatThrownBy(() -> LM.trace(PARIS, options, t -> t.step(1).at(LAST).output().get(0, 3)))
          .isInstanceOf(TorchException.class)
          .hasMessageContaining("index 3 is out of bounds for dimension 1 with size 1")
          .hasMessageContaining("BehavioursTest.java:");
    }

    @Test
    void leave_no_hooks_behind() {
      Tensor plain = LM.logits(PARIS);
      assertThatThrownBy(() ->
              LM.trace(
                  PARIS,
                  t -> {
                    t.at(LAST).output().at(":").set(0);
                    throw new IllegalArgumentException("the user's own");
                  }))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the user's own");
      assertThat(LAST.isHooked()).isFalse();
      close(LM.logits(PARIS), plain);
    }

    @Test
    void a_value_of_an_older_trace_that_was_not_kept_patches_nothing_silently() {
      Tensor[] lost = new Tensor[1];
      LM.trace(
          PARIS,
          t -> {
            lost[0] = t.at(LAST).output();
            return logits(t);
          });
      assertThatThrownBy(() ->
              LM.trace(
                  PARIS,
                  t -> {
                    t.at(LAST).output(lost[0]);
                    return logits(t);
                  }))
          .isInstanceOf(MissingValueException.class)
          .extracting("reason")
          .isEqualTo(MissingValueException.Reason.NOT_SAVED);
    }
  }

  @Nested
  class rows {
    record Groups(Tensor one, Tensor two, Tensor all, Tensor again, Tensor last) {}

    @Test
    void of_each_invoke_and_of_all() {
      Groups rows =
          LM.model()
              .traceBatch(b ->
                  new Groups(
                      b.invoke(LM.input(PARIS), BehavioursTest::logits),
                      b.invoke(LM.input(List.of(LONGER, PARIS)), BehavioursTest::logits),
                      b.all(BehavioursTest::logits),
                      b.all(BehavioursTest::logits),
                      b.invoke(LM.input(LONGER), BehavioursTest::logits)));
      assertThat(rows.one().size(0)).isEqualTo(1);
      assertThat(rows.two().size(0)).isEqualTo(2);
      assertThat(rows.all().size(0)).isEqualTo(4);
      close(rows.again(), rows.all());
      close(rows.one(), LM.logits(PARIS));
      long padding = rows.two().size(1) - rows.one().size(1);
      close(rows.two().get("1:2", padding + ":"), rows.one());
      close(rows.all().get("0:1", padding + ":"), rows.one());
      close(rows.all().get("1:3"), rows.two());
      close(rows.last(), LM.logits(LONGER));
    }

    @Test
    void all_of_them_can_be_edited_at_once() {
      List<Tensor> seen =
          LM.traceBatch(b -> {
            Tensor first = b.invoke(PARIS, BehavioursTest::logits);
            Tensor second = b.invoke(LONGER, BehavioursTest::logits);
            b.all(t -> t.at(LAST.mlp).output().at(":").set(0));
            return List.of(first, second);
          });
      Function<Trace, Tensor> zeroed =
          t -> {
            t.at(LAST.mlp).output().at(":").set(0);
            return logits(t);
          };
      close(seen.get(0), LM.trace(PARIS, zeroed));
      close(seen.get(1), LM.trace(LONGER, zeroed));
    }

    @Test
    void give_the_same_however_prompts_are_grouped() {
      List<String> prompts = List.of(PARIS, LONGER, "In Paris, people speak", "_");
      List<List<Integer>> groupings =
          List.of(List.of(4), List.of(1, 3), List.of(3, 1), List.of(2, 2));
      for (List<Integer> sizes : groupings) {
        List<Tensor> groups =
            LM.model()
                .traceBatch(b -> {
                  var seen = new ArrayList<Tensor>();
                  int from = 0;
                  for (int size : sizes) {
                    List<String> group = prompts.subList(from, from + size);
                    seen.add(b.invoke(LM.input(group), t -> logits(t).get(":", -1)));
                    from += size;
                  }
                  return seen;
                });
        Tensor rows = Tensor.cat(groups, 0);
        for (int i = 0; i < prompts.size(); i++) {
          close(rows.get(i), LM.logits(prompts.get(i)).get(0, -1));
        }
      }
    }

    @Test
    void generated_is_asked_for_in_an_invoke() {
      assertThatThrownBy(() ->
              LM.<Tensor>traceBatch(
                  new GenerationOptions().maxNewTokens(1),
                  b -> {
                    b.invoke(PARIS, Trace::generated);
                    return b.all(Trace::generated);
                  }))
          .hasMessageContaining("in that prompt's invoke");
    }
  }

  @Nested
  class steps {
    private static final GenerationOptions THREE =
        new GenerationOptions().maxNewTokens(3).stopTokens();

    private static Tensor best(Trace step) {
      return logits(step).get(0, -1).argmax(-1);
    }

    @Test
    void in_a_range_are_the_single_ones() {
      List<Tensor> all = LM.trace(PARIS, THREE, t -> t.steps(0, 3, steps::best));
      List<Tensor> range = LM.trace(PARIS, THREE, t -> t.steps(1, 3, steps::best));
      List<Tensor> single =
          LM.trace(PARIS, THREE, t -> List.of(best(t), best(t.step(1)), best(t.step(2))));
      Tensor byCall = LM.trace(PARIS, THREE, t -> t.at(GPT2.lmHead).call(2).output());
      long[] ids = LM.generate(PARIS, THREE).ids();
      for (int i = 0; i < 3; i++) {
        assertThat(all.get(i).itemLong()).isEqualTo(ids[i]);
        assertThat(single.get(i).itemLong()).isEqualTo(ids[i]);
      }
      assertThat(range.get(0).itemLong()).isEqualTo(ids[1]);
      assertThat(range.get(1).itemLong()).isEqualTo(ids[2]);
      assertThat(byCall.get(0, -1).argmax(-1).itemLong()).isEqualTo(ids[2]);
    }

    @Test
    void of_each_prompt_are_its_own_range() {
      record Ranges(List<Tensor> first, List<Tensor> second) {}
      Ranges ranges =
          LM.traceBatch(
              THREE,
              b ->
                  new Ranges(
                      b.invoke(PARIS, t -> t.steps(0, 2, steps::best)),
                      b.invoke(LONGER, t -> t.steps(2, 3, steps::best))));
      assertThat(ranges.first().get(1).itemLong()).isEqualTo(LM.generate(PARIS, THREE).ids()[1]);
      assertThat(ranges.second().getFirst().itemLong())
          .isEqualTo(LM.generate(LONGER, THREE).ids()[2]);
    }
  }

  @Nested
  class graphs {
    private static final List<Function<Trace, Tensor>> BODIES =
        List.of(
            BehavioursTest::logits,
            t -> t.at(LAST.mlp).output().at(":").set(0),
            t -> {
              t.at(LAST).output(t.at(GPT2.transformer.h.get(1)).output().mul(2).add(1));
              return logits(t).argmax(-1);
            },
            t -> {
              t.at(LAST).skip(t.at(GPT2.transformer.h.get(2)).output());
              return logits(t).get(0, -1).max(0).values();
            },
            t -> {
              Tensor gradient = t.at(LAST).output().grad();
              logits(t).get(0, -1).max().backward();
              return gradient;
            },
            t -> GPT2.lmHead.apply(GPT2.transformer.lnF.apply(t.at(LAST).output())));

    @Test
    void written_and_read_again_do_the_same() {
      for (Function<Trace, Tensor> body : BODIES) {
        var recorded = LM.model().record(LM.input(PARIS), body);
        GraphJson.Written written = GraphJson.write(recorded.graph());
        var again = GraphJson.read(written);
        assertThat(GraphJson.write(again).json()).isEqualTo(written.json());
        Map<Integer, Object> values = LM.model().run(again, LM.input(LONGER));
        Tensor expected = recorded.run(LM.input(LONGER));
        assertThat(values).isNotEmpty();
        close((Tensor) List.copyOf(values.values()).getLast(), expected);
      }
    }

    @Test
    void from_elsewhere_are_refused_when_they_make_no_sense() {
      refused("{\"op\": \"no operation\", \"args\": []}", "is no operation");
      refused("{\"op\": \"aten::relu\", \"args\": [{\"node\": 7}]}", "does not stand before it");
      refused("{\"op\": \"aten::relu\", \"args\": [{\"node\": 0}]}", "does not stand before it");
      refused("{\"op\": \"argument\", \"args\": [\"layer1.sideways\", 0]}", "node 0");
      refused("{\"op\": \"aten::relu\", \"args\": [{\"tensor\": \"none\"}]}", "there is no tensor");
      assertThatThrownBy(() ->
              LM.model()
                  .run(
                      graph(
                          "{\"op\": \"argument\", \"args\": [\"nowhere.output\", 0], \"save\": true}"),
                      LM.input(PARIS)))
          .hasMessageContaining("no layer 'nowhere'");
    }

    private static void refused(String node, String why) {
      assertThatThrownBy(() -> graph(node))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(why);
    }

    private static dev.microtome.trace.Graph graph(String node) {
      return GraphJson.read(
          new GraphJson.Written("{\"version\": 1, \"nodes\": [" + node + "]}", Map.of()));
    }
  }

  @Nested
  class memory {
    private static final long WIDTH = 40_000; // 160 kB, enough to be counted

    @Test
    void of_what_is_not_saved_is_let_go() {
      var model = Model.of(twoLayers(WIDTH));
      Tensor input = Tensor.rand(1, 5);
      model.trace(input, t -> t.at("layer1").output().sum());
      try (var peak = PeakMemory.watch()) {
        List<Tensor> kept = new ArrayList<>();
        dev.microtome.tensor.Grad.off(() -> {
          for (int i = 0; i < 200; i++) {
            kept.add(
                dev.microtome.tensor.Scope.run(() ->
                    model.trace(
                        input,
                        t -> {
                          Tensor hidden = t.at("layer1").output();
                          Tensor copy = hidden.copy().mul(2).add(1);
                          hidden.at(":").set(0);
                          return copy.sum();
                        })));
          }
        });
        assertThat(kept).hasSize(200);
        assertThat(peak.bytes()).isLessThan(20 * 4 * WIDTH);
      }
    }

    @Test
    void of_a_model_is_let_go_with_it_even_after_an_early_stop_and_an_edit() {
      WeakReference<Layer<?, ?>> network = used();
      for (int i = 0; i < 50 && network.get() != null; i++) {
        System.gc();
        Thread.onSpinWait();
      }
      assertThat(network.get()).isNull();
    }

    private static WeakReference<Layer<?, ?>> used() {
      Sequential net = twoLayers(10);
      var model = Model.of(net);
      Tensor input = Tensor.rand(1, 5);
      model.trace(
          input,
          t -> {
            t.stop();
            return t.at("layer1").output();
          });
      var edited = model.edit(input, t -> t.at("layer1").output().mul_(2));
      edited.apply(input);
      assertThatThrownBy(() -> model.trace(input, t -> t.at("layer1").output().get(0, 99)))
          .isInstanceOf(TorchException.class);
      return new WeakReference<>(net);
    }
  }
}
