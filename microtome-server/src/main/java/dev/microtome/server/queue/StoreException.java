package dev.microtome.server.queue;

/// What should be kept could not be: the disk is full, the file is damaged or in use.
public final class StoreException extends RuntimeException {
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
