package dev.microtome.tensor;

/// More bytes of tensors would be held than `-Dmicrotome.memory.limit=BYTES` allows.
public final class MemoryLimitException extends RuntimeException {
  MemoryLimitException(long wanted, long limit) {
    super(
        "tensors would take %d MB, the limit is %d MB; save less, cut values before keeping them, or use fewer tokens"
            .formatted(wanted >> 20, limit >> 20));
  }
}
