package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.TorchException;
import dev.microtome.trace.MissingValueException;
import dev.microtome.trace.MissingValueException.Reason;
import dev.microtome.trace.Model;
import dev.microtome.trace.OutOfOrderException;
import dev.microtome.trace.Scan;
import dev.microtome.trace.Trace;
import java.util.List;
import java.util.function.Function;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/// What can't work is refused: with a type, the layer's name and the line that asked for it.
class BadInterventionsTest {
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();
  private static final Gpt2 GPT2 = LM.network();
  private static final Gpt2.Block FIRST = GPT2.transformer.h.get(0);
  private static final Gpt2.Block LAST = GPT2.transformer.h.get(3);
  private static final String PARIS = "The Eiffel Tower is in the city of";
  private static final String LONGER = "Many tourists visit the Eiffel Tower when they are in";

  private static Tensor logits(Trace t) {
    return t.at(GPT2.lmHead).output();
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> refused(Function<Trace, ?> body) {
    return assertThatThrownBy(() -> LM.trace(PARIS, body));
  }

  @Nested
  class edits_that_do_not_fit {
    @Test
    void by_shape() {
      refused(
              t -> {
                t.at(LAST.mlp).output(Tensor.zeros(1, 10, 31));
                return logits(t);
              })
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "transformer.h.3.mlp.output is float32[1, 10, 32] and can't be replaced by"
                  + " float32[1, 10, 31]");
      refused(t -> t.at(LAST.mlp).output().at(":", 0).set(Tensor.zeros(31)))
          .isInstanceOf(TorchException.class)
          .hasMessageContaining("BadInterventionsTest.java:");
    }

    @Test
    void by_dtype() {
      refused(
              t -> {
                t.at(LAST.mlp).output(t.at(LAST.mlp).output().to(DType.FLOAT64));
                return logits(t);
              })
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("float32[1, 10, 32] and can't be replaced by float64[1, 10, 32]");
    }

    @Test
    void by_the_number_of_tensors() {
      refused(
              t -> {
                t.at(LAST).input(new BlockInput(Tensor.zeros(1, 10, 31)));
                return logits(t);
              })
          .hasMessageContaining("transformer.h.3.input");
    }

    @Test
    void in_one_row_of_a_batch() {
      assertThatThrownBy(() ->
              LM.<Tensor>traceBatch(b -> {
                b.invoke(LONGER, BadInterventionsTest::logits);
                return b.invoke(
                    PARIS,
                    t -> {
                      t.at(LAST.mlp).output(Tensor.zeros(1, 12, 32));
                      return logits(t);
                    });
              }))
          .hasMessageContaining("float32[1, 10, 32] and can't be replaced by float32[1, 12, 32]");
    }

    @Test
    void at_a_step() {
      var options = new GenerationOptions().maxNewTokens(3);
      assertThatThrownBy(() ->
              LM.trace(
                  PARIS,
                  options,
                  t -> {
                    t.step(1).at(LAST.mlp).output(Tensor.zeros(1, 10, 32));
                    return t.generated();
                  }))
          .hasMessageContaining("transformer.h.3.mlp.output[1] is float32[1, 1, 32]");
    }
  }

  @Nested
  class values_that_come_too_late {
    @Test
    void name_both_layers_and_the_line() {
      refused(
              t -> {
                t.at(FIRST).output(t.at(LAST).output().mul(2));
                return logits(t);
              })
          .isInstanceOf(OutOfOrderException.class)
          .hasMessageContaining("transformer.h.0.output")
          .hasMessageContaining("transformer.h.3.output")
          .hasMessageContaining("BadInterventionsTest.java:");
    }

    @Test
    void name_them_without_a_scan() {
      assertThatThrownBy(() ->
              LM.model()
                  .trace(
                      LM.input(PARIS),
                      Scan.OFF,
                      t -> {
                        t.at(FIRST).output(t.at(LAST).output().mul(2));
                        return logits(t);
                      }))
          .isInstanceOf(OutOfOrderException.class)
          .hasMessageContaining("transformer.h.0.output")
          .hasMessageContaining("transformer.h.3.output")
          .hasMessageContaining("BadInterventionsTest.java:");
    }

    @Test
    void from_another_prompt_too() {
      assertThatThrownBy(() ->
              LM.<Tensor>traceBatch(b -> {
                Tensor late = b.invoke(PARIS, t -> t.at(LAST).output());
                return b.invoke(
                    PARIS,
                    t -> {
                      t.at(FIRST.mlp).output().at(":").set(late);
                      return logits(t);
                    });
              }))
          .isInstanceOf(OutOfOrderException.class)
          .hasMessageContaining("transformer.h.0.mlp.output")
          .hasMessageContaining("transformer.h.3.output");
    }

    @Test
    void from_a_later_step_too() {
      assertThatThrownBy(() ->
              LM.trace(
                  PARIS,
                  new GenerationOptions().maxNewTokens(3),
                  t -> {
                    Tensor next = t.step(2).at(LAST).output();
                    t.step(1).at(LAST).output(next);
                    return t.generated();
                  }))
          .isInstanceOf(OutOfOrderException.class)
          .hasMessageContaining("transformer.h.3.output[1]")
          .hasMessageContaining("transformer.h.3.output[2]");
    }

    @Test
    void for_a_skip_too() {
      refused(
              t -> {
                t.at(FIRST).skip(t.at(LAST).output());
                return logits(t);
              })
          .isInstanceOf(OutOfOrderException.class)
          .hasMessageContaining("transformer.h.0.input")
          .hasMessageContaining("transformer.h.3.output");
    }
  }

  @Nested
  class values_that_are_not_there {
    @Test
    void a_step_that_was_never_reached_says_how_many_there_were() {
      var options = new GenerationOptions().maxNewTokens(2).stopTokens();
      assertThatThrownBy(() -> LM.trace(PARIS, options, t -> logits(t.step(2))))
          .isInstanceOf(MissingValueException.class)
          .hasMessageContaining("called 2 times only; calls and steps count from 0")
          .hasMessageContaining("BadInterventionsTest.java:")
          .extracting("reason")
          .isEqualTo(Reason.TOO_FEW_CALLS);
      assertThatThrownBy(() -> LM.trace(PARIS, options, t -> logits(t.step(-1))))
          .hasMessageContaining("counted from 0, got -1");
    }

    @Test
    void a_trace_that_was_closed_without_a_run() {
      Trace[] open = new Trace[1];
      Tensor[] value = new Tensor[1];
      assertThatThrownBy(
              () -> {
                try (var t = LM.trace(PARIS)) {
                  open[0] = t;
                  value[0] = t.at(LAST).output().save();
                }
              })
          .hasMessageContaining("never run");
      assertThatThrownBy(() -> value[0].toFloats())
          .isInstanceOf(MissingValueException.class)
          .hasMessageContaining("failed or was closed without a run")
          .extracting("reason")
          .isEqualTo(Reason.CLOSED);
      assertThatThrownBy(() -> open[0].at(LAST)).hasMessageContaining("open a new one");
    }

    @Test
    void a_trace_around_this_one() {
      refused(
              outer -> {
                Tensor stream = outer.at(LAST).output();
                return LM.trace(PARIS, inner -> inner.at(LAST).output().add(stream));
              })
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("belongs to another trace that has not run yet");
    }

    @Test
    void an_invoke_inside_an_invoke() {
      assertThatThrownBy(() ->
              LM.<Tensor>traceBatch(
                  b -> b.invoke(PARIS, _ -> b.invoke(LONGER, BadInterventionsTest::logits))))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("inside another");
      assertThatThrownBy(() ->
              LM.<Tensor>traceBatch(
                  new GenerationOptions().maxNewTokens(1),
                  b -> b.invoke(PARIS, _ -> b.invoke(LONGER, Trace::generated))))
          .hasMessageContaining("inside another");
    }

    @Test
    void a_batch_of_nothing() {
      assertThatThrownBy(() -> LM.traceBatch(_ -> null))
          .hasMessageContaining("at least one invoke");
      assertThatThrownBy(() -> LM.traceBatch(new GenerationOptions(), _ -> null))
          .hasMessageContaining("at least one invoke");
    }

    @Test
    void a_layer_of_another_network() {
      var stranger = new Linear(2, 2);
      refused(t -> t.at(stranger).output()).hasMessageContaining("not part of the traced network");
      refused(t -> t.at("transformer.h.3.mpl").output())
          .hasMessageContaining("transformer.h.3.mlp");
    }
  }

  @Nested
  class layers_called_not_once {
    private static final class Twice extends Layer<Tensor, Tensor> {
      private final Slot<Tensor, Tensor> used = slot("used", new Linear(4, 4));
      private final Slot<Tensor, Tensor> idle = slot("idle", new Linear(4, 4));

      @Override
      protected Tensor forward(Tensor x) {
        return used.apply(used.apply(x).relu());
      }
    }

    private final Twice net = new Twice();
    private final Model<Tensor, Tensor> model = Model.of(net);
    private final Tensor input = Tensor.ones(1, 4);

    layers_called_not_once() {
      Torch.manualSeed(5);
    }

    @Test
    void each_call_is_read_and_edited_by_itself() {
      List<Tensor> seen =
          model.trace(
              input,
              t -> {
                Tensor first = t.at(net.used).output().copy();
                t.at(net.used).call(1).output().at(":").set(3);
                return List.of(first, t.at(net.used).call(1).input(), t.at(net).output());
              });
      assertThat(seen.get(1).toFloats()).containsExactly(seen.get(0).relu().toFloats());
      assertThat(seen.get(2).toFloats()).containsOnly(3f);
    }

    @Test
    void skipping_one_leaves_the_other() {
      Tensor out =
          model.trace(
              input,
              t -> {
                t.at(net.used).skip(Tensor.ones(1, 4));
                return t.at(net).output();
              });
      assertThat(out.toFloats()).containsExactly(net.used.apply(Tensor.ones(1, 4)).toFloats());
    }

    @Test
    void a_call_too_many_says_how_many_there_are() {
      for (Scan scan : Scan.values()) {
        assertThatThrownBy(() -> model.trace(input, scan, t -> t.at(net.used).call(2).output()))
            .isInstanceOf(MissingValueException.class)
            .hasMessageContaining("used.output[2]")
            .hasMessageContaining("called 2 times only")
            .hasMessageContaining("BadInterventionsTest.java:");
      }
    }

    @Test
    void a_layer_that_is_never_called_says_so() {
      for (Scan scan : Scan.values()) {
        assertThatThrownBy(() -> model.trace(input, scan, t -> t.at(net.idle).output()))
            .isInstanceOf(MissingValueException.class)
            .hasMessageContaining("idle.output")
            .hasMessageContaining("not called")
            .extracting("reason")
            .isEqualTo(Reason.NEVER_REACHED);
      }
    }
  }
}
