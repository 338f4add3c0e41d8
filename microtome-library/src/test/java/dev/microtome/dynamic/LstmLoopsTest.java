package dev.microtome.dynamic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.nn.Lstm;
import dev.microtome.nn.RnnSettings;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.kernel.Vectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Our own loops against libtorch's kernels.
class LstmLoopsTest {
  /// A hidden number next to the middle of two codes may go either way when the last bit of a curve
  /// differs: then sums differ by a weight times a step.
  private static final double ONE_STEP = 2e-3;

  private static final double LAST_BITS = 1e-6;

  private static double worst(Lstm lstm, DynamicConfig config, long length, long batch) {
    boolean first = lstm.settings().batchFirst();
    Tensor x = first ? Tensor.randn(batch, length, lstm.inputSize()) : input(lstm, length, batch);
    long states = (long) lstm.settings().layers() * lstm.settings().directions();
    var start =
        new Lstm.State(
            Tensor.randn(states, batch, lstm.hiddenSize()).tanh(),
            Tensor.randn(states, batch, lstm.hiddenSize()));
    var in = new Lstm.Input(x, start);
    return Grad.off(() -> {
      var wanted = DynamicLstm.of(lstm, config, QuantizedEngine.X86).apply(in);
      var own = DynamicLstm.of(lstm, config);
      var got = own.apply(in);
      assertThat(got.x().shape()).isEqualTo(wanted.x().shape());
      double apart = got.x().sub(wanted.x()).abs().max().item();
      apart = Math.max(apart, got.state().h().sub(wanted.state().h()).abs().max().item());
      apart = Math.max(apart, got.state().c().sub(wanted.state().c()).abs().max().item());
      assertThat(own.apply(in).x().toDoubles()).isEqualTo(got.x().toDoubles());
      return apart;
    });
  }

  private static Tensor input(Lstm lstm, long length, long batch) {
    return Tensor.randn(length, batch, lstm.inputSize());
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "3, 7, 2", "5, 64, 1", "16, 33, 4", "8, 200, 1", "40, 50, 3"})
  void widths_and_rows_of_all_kinds_give_the_engines_numbers(long in, long hidden, long batch) {
    assertThat(Vectors.areUsable()).isTrue();
    Torch.manualSeed(hidden);
    var lstm = new Lstm(in, hidden, RnnSettings.DEFAULT.withLayers(2));
    assertThat(worst(lstm, DynamicConfig.QINT8, 6, batch)).isLessThan(LAST_BITS);
    assertThat(worst(lstm, DynamicConfig.QINT8_PER_CHANNEL, 6, batch)).isLessThan(LAST_BITS);
  }

  @Test
  void a_long_sequence_stays_with_the_engines() {
    Torch.manualSeed(3);
    var lstm = new Lstm(32, 96, RnnSettings.DEFAULT.withLayers(3));
    assertThat(worst(lstm, DynamicConfig.QINT8, 60, 1)).isLessThan(ONE_STEP);
  }

  @Test
  void both_directions_batches_first_and_no_biases_are_known() {
    Torch.manualSeed(4);
    var settings = RnnSettings.DEFAULT.withLayers(2).withBidirectional();
    assertThat(worst(new Lstm(6, 20, settings), DynamicConfig.QINT8, 9, 2)).isLessThan(LAST_BITS);
    var first = settings.withBatchFirst().withoutBias();
    assertThat(worst(new Lstm(6, 20, first), DynamicConfig.QINT8, 9, 3)).isLessThan(LAST_BITS);
  }

  @Test
  void weights_and_states_at_the_ends_of_their_grids_are_summed_exactly() {
    var lstm = new Lstm(4, 64);
    Grad.off(() -> {
      lstm.tensor("weight_hh_l0").fill_(-1);
      lstm.tensor("weight_ih_l0").zero_();
    });
    var start = new Lstm.State(Tensor.ones(1, 1, 64), Tensor.zeros(1, 1, 64));
    var in = new Lstm.Input(Tensor.zeros(1, 1, 4), start);
    var config = DynamicConfig.QINT8;
    Tensor wanted = DynamicLstm.of(lstm, config, QuantizedEngine.X86).apply(in).state().c();
    Tensor got = DynamicLstm.of(lstm, config).apply(in).state().c();
    assertThat(got.sub(wanted).abs().max().item()).isLessThan(LAST_BITS);
  }

  @Test
  void large_gates_saturate_instead_of_becoming_nan() {
    var lstm = new Lstm(4, 8);
    Grad.off(() -> lstm.tensor("weight_ih_l0").fill_(1e6));
    var in = new Lstm.Input(Tensor.ones(3, 1, 4), null);
    Tensor out = Grad.off(() -> DynamicLstm.of(lstm, DynamicConfig.QINT8).apply(in).x());
    double apart = out.select(0, 2).sub(Math.tanh(3)).abs().max().item();
    assertThat(apart).isLessThan(LAST_BITS);
  }
}
