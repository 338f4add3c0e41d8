package dev.microtome.models.chat;

import java.util.LinkedHashMap;
import java.util.Map;

/// What `namespace()` gives: the one thing whose attributes a template may set.
final class Namespace {
  final Map<String, Object> attributes = new LinkedHashMap<>();
}
