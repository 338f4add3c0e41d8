package dev.microtome.models.interpret;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.TransformerBlock;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Trace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;

/// A row of a [PatchMap]: where in a network one kind of part passes, (batch, tokens, width).
///
/// @param label the row's name
/// @param heads into how many equal pieces of its width it falls; 0 when it falls into tokens
/// @param value the part, in a trace
record Place(Part part, String label, int heads, Function<Trace, Tensor> value) {
  /// All rows for one kind of part, in the order they are computed.
  static List<Place> of(CausalNetwork network, Part part) {
    var places = new ArrayList<Place>();
    if (part == Part.RESIDUAL) {
      Layer<?, Tensor> embedded = network.embedded().get();
      places.add(new Place(part, "embeddings", 0, t -> t.at(embedded).output()));
    }
    for (TransformerBlock block : network.blocks()) {
      String label = "block " + places.size();
      places.add(
          switch (part) {
            case RESIDUAL ->
                new Place(part, "block " + (places.size() - 1), 0, t -> t.at(block).output());
            case ATTENTION -> new Place(part, label, 0, t -> t.at(block.attention()).output());
            case MLP -> new Place(part, label, 0, t -> t.at(block.mlp()).output());
            case HEADS -> new Place(part, label, block.heads(), t -> t.at(block.join()).input());
          });
    }
    return places;
  }

  /// How many columns the row has.
  int columns(int tokens) {
    return heads == 0 ? tokens : heads;
  }

  /// The names of the columns.
  List<String> columnNames(List<String> tokens) {
    return heads == 0
        ? tokens
        : IntStream.range(0, heads).mapToObj(head -> "head " + head).toList();
  }

  /// One column of one row of a batch of this part.
  Object[] index(int row, int column, long width) {
    if (heads == 0) {
      return new Object[] {row, column};
    }
    long one = width / heads;
    return new Object[] {row, ":", column * one + ":" + (column + 1) * one};
  }
}
