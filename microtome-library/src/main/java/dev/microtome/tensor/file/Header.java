package dev.microtome.tensor.file;

import java.util.List;
import java.util.Map;

/// A checked header: the tensors in the order of their data, the free-form metadata in the file's
/// order, and the byte of the file at which the data starts.
record Header(List<TensorInfo> tensors, Map<String, String> metadata, long dataStart) {}
