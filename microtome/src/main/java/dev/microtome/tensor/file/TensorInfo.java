package dev.microtome.tensor.file;

import java.util.List;

/// What a file's header says about one tensor, after every check: `begin` (inclusive) and `end`
/// (exclusive) are bytes counted from the start of the file's data, not of the file.
public record TensorInfo(String name, StoredType type, List<Long> shape, long begin, long end) {
  public TensorInfo {
    shape = List.copyOf(shape);
  }

  /// Bytes the tensor occupies.
  public long bytes() {
    return end - begin;
  }
}
