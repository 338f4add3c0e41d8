package dev.microtome.tensor.file;

import dev.microtome.tensor.Shape;

/// What a file's header says about one tensor, after every check: `begin` (inclusive) and `end`
/// (exclusive) are bytes counted from the start of the file's data, not of the file.
public record TensorInfo(String name, StoredType type, Shape shape, long begin, long end) {
  /// Bytes the tensor occupies.
  public long bytes() {
    return end - begin;
  }
}
