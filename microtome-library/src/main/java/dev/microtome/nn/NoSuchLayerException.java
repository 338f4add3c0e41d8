package dev.microtome.nn;

import java.util.Collection;

/// A path names no layer of the network (or no exchangeable one). The message lists near paths.
public final class NoSuchLayerException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  NoSuchLayerException(String path, Collection<String> known) {
    super("there is no layer '%s'%s".formatted(path, NearNames.hint(path, known)));
  }
}
