package dev.microtome.tensor;

import java.util.List;

/// What `max(dim)`, `topk`, `sort` and their like return: values, and where they stood.
public record ValuesIndices(Tensor values, Tensor indices) {
  static ValuesIndices of(List<Tensor> both) {
    return new ValuesIndices(both.get(0), both.get(1));
  }
}
