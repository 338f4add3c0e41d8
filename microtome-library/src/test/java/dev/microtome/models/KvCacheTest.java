package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A growing cache writes behind itself; nobody may notice. The truth is concatenation.
class KvCacheTest {
  @BeforeEach
  void seed() {
    Torch.manualSeed(5);
  }

  @Test
  void step_after_step_it_is_the_concatenation() {
    Grad.off(() -> {
      for (int heads : new int[] {1, 3}) {
        var steps = new ArrayList<>(List.of(step(2, heads, 5)));
        KvCache.KeyValue cache = steps.getFirst();
        for (int i = 0; i < 20; i++) {
          KvCache.KeyValue next = step(2, heads, i % 3 + 1);
          steps.add(next);
          cache = cache.followedBy(next.key(), next.value());
          assertEqual(cache, steps);
        }
      }
    });
  }

  @Test
  void two_continuations_of_one_cache_do_not_see_each_other() {
    Grad.off(() -> {
      var start = step(1, 2, 4);
      var second = step(1, 2, 1);
      var left = step(1, 2, 1);
      var right = step(1, 2, 1);
      var shared = start.followedBy(second.key(), second.value());
      var one = shared.followedBy(left.key(), left.value());
      var other = shared.followedBy(right.key(), right.value());

      assertEqual(one, List.of(start, second, left));
      assertEqual(other, List.of(start, second, right));
      assertEqual(shared, List.of(start, second));
    });
  }

  @Test
  void picked_rows_and_other_types_go_on_alone() {
    Grad.off(() -> {
      var start = step(2, 2, 4);
      var second = step(2, 2, 1);
      var cache = new KvCache(List.of(start.followedBy(second.key(), second.value())), 5);
      KvCache.KeyValue swapped = cache.select(Tensor.of(new long[] {1, 0})).layers().getFirst();
      KvCache.KeyValue wide =
          Values.map(cache, tensor -> tensor.to(DType.FLOAT64)).layers().getFirst();
      var third = step(2, 2, 1);
      KvCache.KeyValue more = cache.layers().getFirst().followedBy(third.key(), third.value());

      assertEqual(
          wide.followedBy(third.key().to(DType.FLOAT64), third.value().to(DType.FLOAT64)),
          List.of(wide, Values.map(third, tensor -> tensor.to(DType.FLOAT64))));
      assertEqual(swapped.followedBy(third.key(), third.value()), List.of(swapped, third));
      assertEqual(more, List.of(start, second, third));
    });
  }

  @Test
  void it_outlives_the_scope_of_its_steps() {
    Grad.off(() -> {
      var start = step(1, 2, 3);
      var second = step(1, 2, 1);
      var third = step(1, 2, 1);
      KvCache.KeyValue longer =
          Scope.run(() -> {
            var cache = Scope.run(() -> start.followedBy(second.key(), second.value()));
            return cache.followedBy(third.key(), third.value());
          });

      assertEqual(longer, List.of(start, second, third));
    });
  }

  @Test
  void gradients_reach_what_was_cached() {
    var start = step(1, 2, 3);
    start.key().requiresGrad_(true);
    var next = step(1, 2, 1);
    start.followedBy(next.key(), next.value()).key().sum().backward();

    assertThat(start.key().grad().equal(Tensor.ones(1, 2, 3, 8))).isTrue();
  }

  private static KvCache.KeyValue step(int rows, int heads, int tokens) {
    return new KvCache.KeyValue(
        Tensor.randn(rows, heads, tokens, 8), Tensor.randn(rows, heads, tokens, 8));
  }

  private static void assertEqual(KvCache.KeyValue cache, List<KvCache.KeyValue> steps) {
    var keys = Tensor.cat(steps.stream().map(KvCache.KeyValue::key).toList(), -2);
    var values = Tensor.cat(steps.stream().map(KvCache.KeyValue::value).toList(), -2);
    assertThat(cache.key().equal(keys)).isTrue();
    assertThat(cache.value().equal(values)).isTrue();
  }
}
