package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.Slot;

/// A model of one LSTM.
final class Holder extends Layer<Lstm.Input, Lstm.Output> {
  private final Lstm lstm;
  private final Slot<Lstm.Input, Lstm.Output> rnn;

  Holder(Lstm lstm) {
    this.lstm = lstm;
    rnn = slot("rnn", lstm);
  }

  @Override
  protected Lstm.Output forward(Lstm.Input input) {
    return rnn.apply(input);
  }

  @Override
  protected Holder twin() {
    return new Holder(new Lstm(lstm.inputSize(), lstm.hiddenSize(), lstm.settings()));
  }
}
