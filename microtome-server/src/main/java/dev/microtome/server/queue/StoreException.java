package dev.microtome.server.queue;

/// What should be kept could not be: the disk is full, the file is damaged or in use, the queue's
/// machine is away. What was kept before is still there.
public final class StoreException extends RuntimeException {
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
