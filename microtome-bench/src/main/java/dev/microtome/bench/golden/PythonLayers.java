package dev.microtome.bench.golden;

import dev.microtome.nn.Conv1d;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.EmbeddingBag;
import dev.microtome.nn.Gru;
import dev.microtome.nn.GruCell;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.LstmCell;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Rnn;
import dev.microtome.nn.RnnCell;
import dev.microtome.nn.RnnSettings;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// PyTorch's modules by name, and the networks that recordings of the API are made with.
final class PythonLayers {
  private static final Map<String, Class<?>> TYPES =
      Map.ofEntries(
          Map.entry("nn.Linear", Linear.class),
          Map.entry("nn.LSTM", Lstm.class),
          Map.entry("nn.GRU", Gru.class),
          Map.entry("nn.RNN", Rnn.class),
          Map.entry("nn.LSTMCell", LstmCell.class),
          Map.entry("nn.GRUCell", GruCell.class),
          Map.entry("nn.RNNCell", RnnCell.class),
          Map.entry("nn.Embedding", Embedding.class),
          Map.entry("nn.EmbeddingBag", EmbeddingBag.class),
          Map.entry("nn.ReLU", ReLU.class),
          Map.entry("nn.Conv1d", Conv1d.class),
          Map.entry("nn.Sequential", Sequential.class));

  private PythonLayers() {}

  static Class<?> type(String name) {
    Class<?> type = TYPES.get(name);
    if (type == null) throw new UnsupportedOperationException(name);
    return type;
  }

  static Layer<?, ?> make(
      String name, List<@Nullable Object> args, Map<String, @Nullable Object> named) {
    return switch (name) {
      case "Net" -> new Net();
      case "shared" -> {
        var linear = new Linear(3, 3);
        yield new Sequential(linear, new ReLU(), linear);
      }
      case "nn.Linear" -> new Linear(whole(args, 0), whole(args, 1), flag(named, "bias", true));
      case "nn.Embedding" -> new Embedding(whole(args, 0), whole(args, 1));
      case "nn.EmbeddingBag" -> new EmbeddingBag(whole(args, 0), whole(args, 1));
      case "nn.LSTM" -> new Lstm(whole(args, 0), whole(args, 1), settings(args, named));
      case "nn.GRU" -> new Gru(whole(args, 0), whole(args, 1), settings(args, named));
      case "nn.RNN" -> new Rnn(whole(args, 0), whole(args, 1), settings(args, named), false);
      case "nn.Conv1d" -> new Conv1d(whole(args, 0), whole(args, 1), whole(args, 2));
      case "nn.LSTMCell" -> new LstmCell(whole(args, 0), whole(args, 1));
      case "nn.GRUCell" -> new GruCell(whole(args, 0), whole(args, 1));
      case "nn.RNNCell" ->
          new RnnCell(
              whole(args, 0), whole(args, 1), true, "relu".equals(named.get("nonlinearity")));
      case "nn.ReLU" -> new ReLU();
      case "nn.Sequential" -> args.size() == 1 ? only(args.getFirst()) : chain(args);
      case "nn.ModuleList" -> list((List<?>) args.getFirst());
      default -> throw new UnsupportedOperationException(name);
    };
  }

  private static long whole(List<@Nullable Object> args, int index) {
    if (index < args.size() && args.get(index) instanceof Double number) return number.longValue();
    throw new UnsupportedOperationException("argument " + index);
  }

  private static boolean flag(Map<String, @Nullable Object> named, String key, boolean fallback) {
    return named.get(key) instanceof Boolean flag ? flag : fallback;
  }

  private static RnnSettings settings(
      List<@Nullable Object> args, Map<String, @Nullable Object> named) {
    Object layers = args.size() > 2 ? args.get(2) : named.get("num_layers");
    return new RnnSettings(
        layers instanceof Double count ? count.intValue() : 1,
        flag(named, "bias", true),
        flag(named, "batch_first", false),
        named.get("dropout") instanceof Double share ? share : 0,
        flag(named, "bidirectional", false),
        named.get("proj_size") instanceof Double width ? width.longValue() : 0);
  }

  @SuppressWarnings("unchecked")
  private static Layer<?, ?> chain(List<@Nullable Object> layers) {
    var chain = Sequential.named();
    for (int i = 0; i < layers.size(); i++) {
      chain.add("" + i, (Layer<Tensor, Tensor>) layer(layers.get(i)));
    }
    return chain.build();
  }

  /// A chain of one layer of any type, printed as PyTorch's.
  private static Layer<?, ?> only(@Nullable Object layer) {
    return new One<>(layer(layer));
  }

  private static Layer<?, ?> layer(@Nullable Object value) {
    if (value instanceof Layer<?, ?> layer) return layer;
    throw new UnsupportedOperationException("no layer: " + value);
  }

  private static Layer<?, ?> list(List<?> layers) {
    return new Several(layers.stream().map(PythonLayers::layer).toList());
  }

  /// `nn.Sequential` around one layer.
  private static final class One<I, O> extends Layer<I, O> {
    private final Slot<I, O> slot;

    One(Layer<I, O> only) {
      slot = slot("0", only);
    }

    @Override
    protected O forward(I input) {
      return slot.apply(input);
    }

    @Override
    protected One<I, O> twin() {
      return new One<>(slot.get());
    }

    @Override
    protected String name() {
      return "Sequential";
    }
  }

  /// `nn.ModuleList` of any layers.
  private static final class Several extends Layer<Object, Object> {
    private final List<Layer<?, ?>> layers;

    Several(List<? extends Layer<?, ?>> layers) {
      this.layers = new ArrayList<>(layers);
      for (int i = 0; i < layers.size(); i++) slot("" + i, layers.get(i));
    }

    @Override
    protected Object forward(Object input) {
      throw new UnsupportedOperationException("a list is not called");
    }

    @Override
    protected Several twin() {
      return new Several(layers);
    }

    @Override
    protected String name() {
      return "ModuleList";
    }
  }

  /// The recordings' network.
  private static final class Net extends Layer<Object, Object> {
    Net() {
      slot("emb", new Embedding(5, 6));
      slot("enc", new Sequential(new Linear(6, 6), new ReLU(), new Linear(6, 4)));
      slot("dec", new Linear(4, 3));
      slot("rnn", new Gru(6, 6));
    }

    @Override
    protected Object forward(Object input) {
      throw new UnsupportedOperationException("only its structure is looked at");
    }

    @Override
    protected Net twin() {
      return new Net();
    }

    @Override
    protected String name() {
      return "Net";
    }
  }
}
