package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Trace;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Heads one by one, where each has its own keys (GPT-2) and where several share them (Llama).
class HeadTest {
  enum Kind {
    OWN_KEYS(LanguageModel.shipped(), 464, 412, 733, 318),
    SHARED_KEYS(LanguageModel.load(ModelFiles.resource("models/llama-gqa-tied-bf16")), 5, 9, 11, 2);

    final LanguageModel<?> lm;
    final long[] ids;

    Kind(LanguageModel<?> lm, long... ids) {
      this.lm = lm;
      this.ids = ids;
    }

    TransformerBlock block() {
      return lm.network().blocks().get(1);
    }

    Tensor logits(Trace t) {
      return t.at(lm.network().head()).output();
    }

    <R> R trace(Function<Trace, R> body) {
      return lm.trace(ids, body);
    }

    Tensor after(BiConsumer<Trace, TransformerBlock> edit) {
      return trace(t -> {
        edit.accept(t, block());
        return logits(t);
      });
    }

    long headWidth() {
      return trace(t -> block().head(0).output(t)).size(-1);
    }
  }

  private static void close(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(actual.sub(expected).abs().max().item()).isLessThan(1e-5);
  }

  private static double distance(Tensor one, Tensor other) {
    return one.sub(other).abs().max().item();
  }

  @ParameterizedTest
  @EnumSource
  void ablating_a_head_is_zeroing_its_slice_by_hand(Kind kind) {
    long width = kind.headWidth();
    Tensor plain = kind.after((_, _) -> {});
    for (int head : List.of(0, kind.block().heads() - 1)) {
      Tensor ablated = kind.after((t, b) -> b.head(head).output(t).at(":").set(0));
      String slice = head * width + ":" + (head + 1) * width;
      Tensor byHand = kind.after((t, b) -> t.at(b.join()).input().at(":", ":", slice).set(0));
      close(ablated, byHand);
      assertThat(distance(ablated, plain)).isGreaterThan(1e-4);
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_heads_output_is_its_pattern_times_its_values(Kind kind) {
    for (int index = 0; index < kind.block().heads(); index++) {
      Head head = kind.block().head(index);
      List<Tensor> seen = kind.trace(t -> List.of(head.pattern(t), head.value(t), head.output(t)));
      close(seen.get(2), seen.get(0).matmul(seen.get(1)));
    }
  }

  @ParameterizedTest
  @EnumSource
  void a_pattern_is_the_softmax_of_queries_times_keys(Kind kind) {
    Head head = kind.block().head(kind.block().heads() - 1);
    List<Tensor> seen = kind.trace(t -> List.of(head.query(t), head.key(t), head.pattern(t)));
    Tensor scores =
        seen.get(0).matmul(seen.get(1).transpose(-2, -1)).div(Math.sqrt(kind.headWidth()));
    Tensor later = Tensor.ones(4, 4).triu(1).gt(0);
    close(seen.get(2), scores.maskedFill(later, -1e30).softmax(-1));
  }

  @ParameterizedTest
  @EnumSource
  void what_the_heads_contribute_adds_up_to_what_attention_adds(Kind kind) {
    TransformerBlock block = kind.block();
    List<Tensor> seen =
        kind.trace(t -> {
          Tensor sum = block.head(0).contribution(t);
          for (int head = 1; head < block.heads(); head++) {
            sum = sum.add(block.head(head).contribution(t));
          }
          return List.of(sum, t.at(block.attention()).output(), t.at(block.join()).input());
        });
    Tensor bias = block.join().apply(Tensor.zeros(seen.get(2).shape()));
    close(seen.get(0).add(bias), seen.get(1));
  }

  @ParameterizedTest
  @EnumSource
  void each_part_can_be_edited(Kind kind) {
    Tensor plain = kind.after((_, _) -> {});
    int last = kind.block().heads() - 1;
    List<BiConsumer<Trace, TransformerBlock>> edits =
        List.of(
            (t, b) -> b.head(last).query(t).mul_(3),
            (t, b) -> b.head(last).key(t).at(":", 1).set(0),
            (t, b) -> b.head(last).value(t).mul_(3),
            (t, b) -> b.head(last).pattern(t).at(":", -1, 0).set(1),
            (t, b) -> b.head(last).output(t).mul_(3));
    for (BiConsumer<Trace, TransformerBlock> edit : edits) {
      assertThat(distance(kind.after(edit), plain)).isGreaterThan(1e-5);
    }
  }

  @ParameterizedTest
  @EnumSource
  void an_edit_of_one_head_leaves_the_others_patterns_alone(Kind kind) {
    TransformerBlock block = kind.block();
    Function<Trace, List<Tensor>> patterns =
        t ->
            java.util.stream.IntStream.range(0, block.heads())
                .mapToObj(head -> block.head(head).pattern(t).copy())
                .toList();
    List<Tensor> before = kind.trace(patterns);
    List<Tensor> after =
        kind.trace(t -> {
          block.head(0).query(t).at(":").set(0);
          return patterns.apply(t);
        });
    for (int head = 1; head < block.heads(); head++) {
      close(after.get(head), before.get(head));
    }
    assertThat(distance(after.getFirst(), before.getFirst())).isGreaterThan(1e-4);
  }

  @Test
  void heads_share_keys_with_their_neighbours() {
    TransformerBlock shared = Kind.SHARED_KEYS.block();
    assertThat(shared.keyHeads()).isLessThan(shared.heads());
    int group = shared.heads() / shared.keyHeads();
    assertThat(shared.head(0).keyHead()).isZero();
    assertThat(shared.head(group - 1).keyHead()).isZero();
    assertThat(shared.head(group).keyHead()).isEqualTo(1);
    assertThat(Kind.OWN_KEYS.block().head(2).keyHead()).isEqualTo(2);
  }

  @Test
  void a_batch_edits_the_head_of_one_prompt() {
    Kind kind = Kind.OWN_KEYS;
    Head head = kind.block().head(1);
    Function<Trace, Tensor> ablated =
        t -> {
          head.output(t).at(":", t.token(-1)).set(0);
          return kind.logits(t);
        };
    String paris = "The Eiffel Tower is in the city of";
    List<Tensor> together =
        kind.lm.traceBatch(b ->
            List.of(b.invoke("In Paris, people speak", kind::logits), b.invoke(paris, ablated)));
    close(together.get(0), kind.lm.logits("In Paris, people speak"));
    close(together.get(1), kind.lm.trace(paris, ablated));
  }

  @Test
  void a_head_that_is_not_there_is_refused() {
    assertThatThrownBy(() -> Kind.OWN_KEYS.block().head(99))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("there is no head 99");
  }
}
