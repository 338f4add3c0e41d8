package dev.microtome.models.chat;

/// Something a template may call.
@FunctionalInterface
interface Callable {
  Object call(Arguments arguments);
}
