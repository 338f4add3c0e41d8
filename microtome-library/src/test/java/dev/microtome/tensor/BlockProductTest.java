package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Blocks against whole products; where this machine has none there is nothing to compare.
class BlockProductTest {
  private static final int M = 7;
  private static final int N = 48;
  private static final int K = 36;

  @ParameterizedTest
  @EnumSource
  void a_block_is_what_it_is_within_a_whole_product(BlockProduct product) {
    Torch.manualSeed(0);
    Tensor a = Tensor.rand(M, K).mul(255).floor();
    Tensor b = Tensor.rand(K, N).mul(255).sub(127).floor();
    boolean bytes = product == BlockProduct.INT8;
    Tensor left = a.to(bytes ? DType.UINT8 : type(product));
    int unit = product.unit();
    Tensor right =
        b.reshape(K / unit, unit, N)
            .transpose(1, 2)
            .contiguous()
            .to(bytes ? DType.INT8 : type(product));
    Tensor c = Tensor.ones(M, N).to(bytes ? DType.INT32 : DType.FLOAT32);
    Tensor expected = a.to(DType.FLOAT64).mm(b.to(DType.FLOAT64));
    if (product.available()) {
      var sizes = new BlockProduct.Sizes(M, N, K, K, N, N);
      long to = c.dense().address();
      product.run(sizes, left.dense().address(), right.dense().address(), to, true);
      assertThat(c.to(DType.FLOAT64).equal(expected.add(1))).isTrue();
      product.run(sizes, left.dense().address(), right.dense().address(), to, false);
      assertThat(c.to(DType.FLOAT64).equal(expected)).isTrue();
      BlockProduct.release();
    }
  }

  private static DType type(BlockProduct product) {
    return product == BlockProduct.FLOAT32 ? DType.FLOAT32 : DType.BFLOAT16;
  }
}
