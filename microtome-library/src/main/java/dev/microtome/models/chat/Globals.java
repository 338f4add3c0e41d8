package dev.microtome.models.chat;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// The functions every template has.
final class Globals {
  private Globals() {}

  static void define(Variables scope, LocalDateTime now, Budget budget) {
    scope.set("range", (Callable) arguments -> range(arguments, budget));
    scope.set("namespace", (Callable) Globals::namespace);
    scope.set("dict", (Callable) arguments -> new LinkedHashMap<Object, Object>(arguments.named()));
    scope.set(
        "raise_exception",
        (Callable)
            arguments -> {
              throw new TemplateFault(Texts.of(arguments.bind("message").get("message"), budget));
            });
    scope.set(
        "strftime_now",
        (Callable) arguments -> DateText.of(now, arguments.bind("format").text("format")));
  }

  private static Object namespace(Arguments arguments) {
    var namespace = new Namespace();
    for (Object start : arguments.positional()) {
      if (!(start instanceof java.util.Map<?, ?> map)) {
        throw new TemplateFault("namespace wants a mapping, got " + Values.kind(start));
      }
      map.forEach((key, value) -> namespace.attributes.put(String.valueOf(key), value));
    }
    namespace.attributes.putAll(arguments.named());
    return namespace;
  }

  private static Object range(Arguments arguments, Budget budget) {
    List<Object> given = arguments.positional();
    var bounds = new ArrayList<Long>();
    for (Object bound : given) {
      if (!(bound instanceof Long number)) {
        throw new TemplateFault("range wants whole numbers, got " + Values.kind(bound));
      }
      bounds.add(number);
    }
    if (bounds.isEmpty() || bounds.size() > 3 || !arguments.named().isEmpty()) {
      throw new TemplateFault("range wants one to three numbers");
    }
    long from = bounds.size() == 1 ? 0 : bounds.get(0);
    long to = bounds.size() == 1 ? bounds.get(0) : bounds.get(1);
    long step = bounds.size() == 3 ? bounds.get(2) : 1;
    if (step == 0) {
      throw new TemplateFault("range wants a step other than 0");
    }
    double count = Math.ceil(((double) to - from) / step);
    if (count > Budget.MAX_RANGE) {
      throw new TemplateFault("range is limited to " + Budget.MAX_RANGE + " numbers");
    }
    budget.make((long) Math.max(0, count));
    var numbers = new ArrayList<Object>();
    for (int i = 0; i < count; i++) {
      numbers.add(from + i * step);
    }
    return numbers;
  }
}
