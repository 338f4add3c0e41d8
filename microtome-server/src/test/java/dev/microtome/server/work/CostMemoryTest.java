package dev.microtome.server.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.protocol.JobHead;
import dev.microtome.server.protocol.JobReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CostMemoryTest {
  private final JobReader reader = new JobReader(Limits.defaults());
  private final CostMemory memory = new CostMemory();
  private int looks;

  private JobHead head(String prompts, String save, String more) {
    String json =
        """
        {"version": 1, "model": "m"%s, "traces": [{"prompts": [%s], "nodes":
        [{"op": "argument", "args": ["lm_head.output", 0], "save": %s}]}]}\
        """
            .formatted(more, prompts, save);
    return reader.read(new Payload(json.getBytes(StandardCharsets.UTF_8), new byte[0]));
  }

  private void hand(String owner, JobHead head) {
    Costing.Cost cost =
        memory.of(
            owner,
            head,
            () -> {
              looks++;
              return new Costing.Cost(1, 2, 3, 4);
            });
    assertThat(cost.resultBytes()).isEqualTo(2);
  }

  @Test
  void other_tokens_seeds_and_times_cost_the_same() {
    hand("me", head("[5, 6, 7]", "true", ""));
    hand("me", head("[1, 2, 3]", "true", ", \"seed\": 3"));
    hand("me", head("[7, 7, 7]", "true", ", \"time\": 9, \"priority\": 1"));
    assertThat(looks).isEqualTo(1);
  }

  @Test
  void other_lengths_texts_graphs_and_adapters_are_looked_at() {
    hand("me", head("[5, 6, 7]", "true", ""));
    hand("me", head("[5, 6]", "true", ""));
    hand("me", head("[5, 6], [7]", "true", ""));
    hand("me", head("\"a text\"", "true", ""));
    hand("me", head("\"another\"", "true", ""));
    hand("me", head("[5, 6, 7]", "false", ""));
    hand("me", head("[5, 6, 7]", "true", ", \"adapter\": \"a\""));
    assertThat(looks).isEqualTo(7);
  }

  @Test
  void a_higher_token_is_looked_at_for_the_model_may_not_have_it() {
    hand("me", head("[5, 6, 7]", "true", ""));
    hand("me", head("[5, 6, 8]", "true", ""));
    hand("me", head("[5, 6, 8]", "true", ""));
    assertThat(looks).isEqualTo(2);
  }

  @Test
  void nobody_learns_from_it_what_others_asked() {
    hand("me", head("[5, 6, 7]", "true", ""));
    hand("you", head("[5, 6, 7]", "true", ""));
    assertThat(looks).isEqualTo(2);
  }

  @Test
  void a_refusal_is_not_remembered() {
    JobHead head = head("[5, 6, 7]", "true", "");
    assertThatThrownBy(() ->
            memory.of(
                "me",
                head,
                () -> {
                  throw new RefusedException(ErrorCode.LIMIT_EXCEEDED, "too much");
                }))
        .isInstanceOf(RefusedException.class);
    hand("me", head);
    assertThat(looks).isEqualTo(1);
  }
}
