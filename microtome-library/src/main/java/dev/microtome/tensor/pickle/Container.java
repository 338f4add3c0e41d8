package dev.microtome.tensor.pickle;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/// What a checkpoint consists of, whichever way it lies in the file: a pickle, and storages by key.
/// All of it has been checked; no storage has been touched.
sealed interface Container permits ZipContainer, LegacyContainer {
  /// What the pickle says.
  Pickled root();

  /// The bytes of a storage of [#root].
  MemorySegment storage(String key);

  /// The storages the pickle refers to.
  Map<String, StorageForm> storages();
}
