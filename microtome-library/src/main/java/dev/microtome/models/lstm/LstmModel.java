package dev.microtome.models.lstm;

import dev.microtome.nn.Dropout;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Init;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.RnnSettings;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// The word language model of PyTorch's examples: embeddings, LSTM layers, a decoder to one logit a
/// word. Sequences are (length, batch).
///
/// ```java
/// var model = new LstmModel(new LstmConfig(corpus.dictionary().size(), 512, 256, 5));
/// LstmModel.Output out = model.apply(new LstmModel.Input(words, null)); // logits (length, batch, words)
/// ```
public final class LstmModel extends Layer<LstmModel.Input, LstmModel.Output> {
  private static final double INIT_RANGE = 0.1;

  /// Word numbers (length, batch), and the state to begin with; null is zeros.
  public record Input(Tensor words, Lstm.@Nullable State state) {}

  /// A logit for each word of the vocabulary, (length, batch, words), and the state at the end.
  public record Output(Tensor logits, Lstm.State state) {}

  /// Drops activations while training.
  public final Slot<Tensor, Tensor> drop;

  /// Word numbers to vectors.
  public final Slot<Tensor, Tensor> encoder;

  /// The recurrent layers.
  public final Slot<Lstm.Input, Lstm.Output> rnn;

  /// Vectors to logits.
  public final Slot<Tensor, Tensor> decoder;

  private final LstmConfig config;

  /// A model with random weights: as PyTorch begins each layer, then embeddings and decoder even
  /// within ±0.1 and the decoder's bias 0.
  public LstmModel(LstmConfig config) {
    this.config = config;
    var settings = RnnSettings.DEFAULT.withLayers(config.layers()).withDropout(config.dropout());
    drop = slot("drop", new Dropout(config.dropout()));
    encoder = slot("encoder", new Embedding(config.tokens(), config.width()));
    rnn = slot("rnn", new Lstm(config.width(), config.hidden(), settings));
    decoder = slot("decoder", new Linear(config.hidden(), config.tokens()));
    Init.uniform_(tensor("encoder.weight"), -INIT_RANGE, INIT_RANGE);
    Init.zeros_(tensor("decoder.bias"));
    Init.uniform_(tensor("decoder.weight"), -INIT_RANGE, INIT_RANGE);
    if (config.tied()) {
      tie("decoder.weight", "encoder.weight");
    }
  }

  @Override
  protected Output forward(Input in) {
    Tensor vectors = drop.apply(encoder.apply(in.words()));
    Lstm.Output out = rnn.apply(new Lstm.Input(vectors, in.state()));
    return new Output(decoder.apply(drop.apply(out.x())), out.state());
  }

  /// The state a text begins with: zeros.
  public Lstm.State start(long batch) {
    var shape = new Shape(config.layers(), batch, config.hidden());
    return new Lstm.State(Tensor.zeros(shape, DType.FLOAT32), Tensor.zeros(shape, DType.FLOAT32));
  }

  public LstmConfig config() {
    return config;
  }

  @Override
  protected LstmModel twin() {
    return new LstmModel(config);
  }

  @Override
  protected String name() {
    return "LSTMModel";
  }
}
