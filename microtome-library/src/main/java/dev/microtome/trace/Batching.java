package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/// How the inputs of several invokes become one input of the network.
public interface Batching<I> {
  /// All inputs in one, their rows in order. A shorter input may be padded on the left of any
  /// dimension but the first.
  I join(List<I> inputs);

  /// How many rows of the batch an input takes.
  long rows(I input);

  /// Tensors of equal shapes, put together along their first dimension.
  static <I> Batching<I> byRows() {
    return new Batching<>() {
      @Override
      public I join(List<I> inputs) {
        List<List<Tensor>> pieces = inputs.stream().map(Values::tensors).toList();
        var joined = new ArrayList<Tensor>();
        for (int i = 0; i < pieces.getFirst().size(); i++) {
          int piece = i;
          joined.add(Tensor.cat(pieces.stream().map(list -> list.get(piece)).toList(), 0));
        }
        Iterator<Tensor> next = joined.iterator();
        return Values.map(inputs.getFirst(), _ -> next.next());
      }

      @Override
      public long rows(I input) {
        return Values.tensors(input).getFirst().size(0);
      }
    };
  }
}
