package dev.microtome.quant.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The loops against the operations they stand for.
class GridLoopsTest {
  private static final float SCALE = 0.037f;

  @BeforeEach
  void seed() {
    Torch.manualSeed(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 33, 5000, 70_001})
  void forward_is_the_operations_to_the_last_bit(int n) {
    Tensor x = Tensor.randn(n);
    for (float zero : new float[] {0, 11}) {
      for (boolean rectify : new boolean[] {false, true}) {
        var loop = new GridLoops(SCALE, zero, -16, 15, rectify);
        Tensor y = x.emptyLike();
        assertThat(loop.forward(x, y)).isTrue();
        Tensor in = rectify ? x.relu() : x;
        Tensor scale = Tensor.scalar(SCALE, DType.FLOAT32);
        Tensor expected = in.div(scale).add(zero).round().clamp(-16, 15).sub(zero).mul(scale);
        assertThat(y.eq(expected).all().toBooleans()[0]).isTrue();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 33, 5000, 70_001})
  void backward_is_the_formulas(int n) {
    Tensor x = Tensor.randn(n);
    Tensor g = Tensor.randn(n);
    for (boolean rectify : new boolean[] {false, true}) {
      var loop = new GridLoops(SCALE, 3, 0, 31, rectify);
      Tensor dx = x.emptyLike();
      GridLoops.Sums sums = loop.backward(x, g, dx);
      Tensor p = (rectify ? x.relu() : x).div(Tensor.scalar(SCALE, DType.FLOAT32));
      Tensor r = p.add(3).round();
      Tensor q = r.clamp(0, 31);
      Tensor inside = r.eq(q);
      Tensor passes = rectify ? inside.logicalAnd(x.gt(0)) : inside;
      assertThat(dx.eq(g.mul(passes)).all().toBooleans()[0]).isTrue();
      double scale = q.sub(3).sub(p.mul(inside)).mul(g).to(DType.FLOAT64).sum().item();
      double zero = g.mul(inside.logicalNot()).to(DType.FLOAT64).sum().item() * -SCALE;
      assertThat(sums.scale())
          .isCloseTo(scale, org.assertj.core.data.Offset.offset(1e-3 + 1e-5 * n));
      assertThat(sums.zero()).isCloseTo(zero, org.assertj.core.data.Offset.offset(1e-4 + 1e-6 * n));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void what_is_not_finite_is_found_wherever_it_stands(float bad) {
    for (int at : new int[] {0, 40, 98}) {
      Tensor x = Tensor.randn(99);
      x.at(at).set(bad);
      var loop = new GridLoops(SCALE, 0, -8, 7, true);
      assertThat(loop.forward(x, x.emptyLike())).isFalse();
      assertThat(Largest.find(x, 2, Largest.Of.VALUE).finite()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 11, 64})
  void the_largest_are_found(int m) {
    for (int n : new int[] {64, 1000, 70_001}) {
      Tensor x = Tensor.randn(n);
      Tensor sorted = x.abs().sort(0, true).values();
      Largest.Found found = Largest.find(x, m, Largest.Of.MAGNITUDE);
      assertThat(Math.abs(found.value())).isEqualTo((float) sorted.get(m - 1).item());
      assertThat((float) x.get(found.index()).item()).isEqualTo(found.value());
      assertThat(Largest.find(x, m, Largest.Of.NEGATIVE).value())
          .isEqualTo((float) x.sort(0, false).values().get(m - 1).item());
    }
  }
}
