package dev.microtome.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class BenchTest {
  private static final Figure MET = new Figure("b", "fast", 3, "us", Figure.atMost(5), 0.5);

  @Test
  void a_figure_is_one_line_of_json() {
    assertThat(Bench.json(MET))
        .isEqualTo(
            "{\"bench\":\"b\",\"figure\":\"fast\",\"value\":3.0,\"unit\":\"us\",\"goal\":5.0,"
                + "\"ok\":true,\"spread\":0.5}");
  }

  @Test
  void a_missed_goal_stands_out_in_the_table() {
    var missed = new Figure("b", "slow", 12.5, "us", Figure.atMost(5), 0);

    assertThat(Bench.table(List.of(MET, missed)).getLast()).contains("12.50", "<= 5.000", "MISSED");
  }

  @Test
  void a_figure_without_a_goal_is_fine() {
    assertThat(new Figure("b", "some", 1, "x", null, 0).ok()).isTrue();
  }

  @Test
  void an_estimate_is_median_and_half_the_quartile_distance() {
    assertThat(Rounds.Estimate.of(new double[] {5, 1, 2, 4, 3}))
        .isEqualTo(new Rounds.Estimate(3, 1));
  }

  @Test
  void every_round_runs_every_piece() {
    int[] calls = new int[2];
    Rounds.of("a", () -> calls[0]++).and("b", () -> calls[1]++).measure(2, 3);

    assertThat(calls).containsExactly(8, 8);
  }

  @Test
  void a_piece_nobody_measured_is_refused_by_name() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rounds.of("a", () -> {}).measure(1, 1).time("b"))
        .withMessageContaining("b");
  }
}
