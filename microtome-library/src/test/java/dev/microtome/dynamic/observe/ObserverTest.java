package dev.microtome.dynamic.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ObserverTest {
  private static final List<Function<GridType, Observer>> WHOLE =
      List.of(
          MinMaxObserver::new,
          MovingAverageObserver::new,
          HistogramObserver::new,
          MseObserver::new,
          type -> new PercentileObserver(type, 99.9));

  @BeforeEach
  void seed() {
    Torch.manualSeed(3);
  }

  /// Mean square of what a grid takes away.
  private static double lost(Observer observer, Tensor x) {
    Tensor back = Ops.tensor("aten::dequantize", observer.grid().quantize(x));
    return back.sub(x).square().mean().item();
  }

  private static Observer watched(Observer observer, Tensor... all) {
    for (Tensor x : all) observer.observe(x);
    return observer;
  }

  @Test
  void zero_is_on_every_grid_and_the_grid_holds_the_range() {
    Tensor positive = Tensor.rand(1000).add(2);
    for (var kind : WHOLE) {
      for (GridType type : List.of(GridType.QUINT8, GridType.QUINT8.reduced(), GridType.QINT8)) {
        Observer observer = watched(kind.apply(type), positive);
        Tensor zero = observer.grid().quantize(Tensor.zeros(1));
        assertThat(Ops.tensor("aten::dequantize", zero).item()).isZero();
        assertThat(lost(observer, positive)).isLessThan(0.0002);
      }
    }
  }

  @Test
  void the_search_for_the_least_loss_beats_the_whole_range_and_pytorchs_histogram() {
    Tensor x = Tensor.cat(List.of(Tensor.randn(100_000), Tensor.of(11f, -9f, 30f)), 0);
    double whole = lost(watched(new MinMaxObserver(GridType.QUINT8), x), x);
    double histogram = lost(watched(new HistogramObserver(GridType.QUINT8), x), x);
    double best = lost(watched(new MseObserver(GridType.QUINT8), x), x);
    assertThat(best).isLessThan(0.9 * whole);
    assertThat(best).isLessThanOrEqualTo(1.001 * histogram);
  }

  @Test
  void a_percentile_is_that_of_all_numbers_whatever_their_order() {
    Tensor x = Tensor.randn(200_000);
    var parts = new PercentileObserver(GridType.QUINT8, 99);
    x.sort().values().split(10_000, 0).forEach(parts::observe);
    Range range = parts.observed();
    assertThat(range.least().item()).isCloseTo(x.kthvalue(1000).values().item(), within(0.01));
    assertThat(range.greatest().item())
        .isCloseTo(x.kthvalue(199_000).values().item(), within(0.01));
    var everything = watched(new PercentileObserver(GridType.QUINT8, 100), x);
    assertThat(everything.observed().greatest().item()).isEqualTo(x.max().item());
  }

  @Test
  void a_histogram_grows_with_later_numbers_without_losing_earlier_ones() {
    Tensor small = Tensor.randn(1000).mul(1e-3);
    Tensor large = Tensor.randn(1000).mul(1e6);
    var observer = watched(new HistogramObserver(GridType.QUINT8), small, large);
    assertThat(observer.observed().greatest().item()).isGreaterThan(1e6);
    var point = watched(new HistogramObserver(GridType.QUINT8), Tensor.of(1e-30f, 2e-30f), large);
    assertThat(point.observed().greatest().item()).isGreaterThan(1e6);
  }

  @Test
  void channels_have_their_own_grids() {
    Tensor x = Tensor.of(new float[][] {{-1, 1}, {-100, 50}});
    Grid grid = watched(new MinMaxObserver(GridType.QINT8, 0), x).grid();
    assertThat(grid.scale().toFloats()).containsExactly(1 / 127.5f, 100 / 127.5f);
    assertThat(grid.quantize(x).dtype()).isEqualTo(DType.QINT8);
  }

  @Test
  void nothing_but_zeros_gives_the_smallest_grid() {
    Grid grid = watched(new MinMaxObserver(GridType.QUINT8), Tensor.zeros(3)).grid();
    assertThat(grid.wholeScale()).isEqualTo(0x1p-23);
    assertThat(watched(new MseObserver(GridType.QINT8), Tensor.zeros(3)).observed().isZero())
        .isTrue();
  }

  @Test
  void numbers_that_are_none_and_other_channels_are_refused_and_not_taken_in() {
    for (var kind : WHOLE) {
      Observer observer = watched(kind.apply(GridType.QUINT8), Tensor.of(-1f, 1f));
      double scale = observer.grid().wholeScale();
      assertThatThrownBy(() -> observer.observe(Tensor.of(1f, Float.NaN)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("NaN or infinity");
      assertThatThrownBy(() -> observer.observe(Tensor.of(Float.NEGATIVE_INFINITY)))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(observer.grid().wholeScale()).isEqualTo(scale);
    }
    Observer channels = watched(new MinMaxObserver(GridType.QINT8, 0), Tensor.ones(3, 4));
    assertThatThrownBy(() -> channels.observe(Tensor.ones(2, 4))).hasMessageContaining("3 of them");
  }

  @Test
  void without_numbers_there_is_no_grid() {
    var observer = watched(new MseObserver(GridType.QUINT8), Tensor.zeros(0, 4));
    assertThatThrownBy(observer::grid)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no numbers");
  }

  @Test
  void senseless_settings_are_refused() {
    assertThatThrownBy(() -> new PercentileObserver(GridType.QUINT8, 30))
        .hasMessageContaining("30");
    assertThatThrownBy(() -> new MovingAverageObserver(GridType.QUINT8, 0, -1))
        .hasMessageContaining("share");
    assertThatThrownBy(() -> GridType.QUINT8.within(-1, 5)).hasMessageContaining("-1 to 5");
    assertThatThrownBy(() -> GridType.of(DType.FLOAT32, GridType.Zero.FITTED))
        .hasMessageContaining("float32");
  }
}
