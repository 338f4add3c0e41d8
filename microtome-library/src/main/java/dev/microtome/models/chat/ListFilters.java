package dev.microtome.models.chat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Filters of lists, mappings and other things that can be run over.
final class ListFilters {
  static final Set<String> NAMES =
      Set.of(
          "batch",
          "dictsort",
          "first",
          "items",
          "last",
          "list",
          "map",
          "max",
          "min",
          "reject",
          "rejectattr",
          "reverse",
          "select",
          "selectattr",
          "sort",
          "sum",
          "unique");

  private ListFilters() {}

  static Object apply(String name, Object value, Arguments arguments, Budget budget) {
    if (name.equals("items")) {
      return pairs(value);
    }
    List<Object> items = Values.items(value, budget);
    return switch (name) {
      case "list" -> items;
      case "first" -> items.isEmpty() ? new Undefined("the first of nothing") : items.getFirst();
      case "last" -> items.isEmpty() ? new Undefined("the last of nothing") : items.getLast();
      case "reverse" -> reversed(value, items);
      case "map" -> mapped(items, arguments, budget);
      case "select", "reject" -> picked(items, arguments, null, name.equals("select"), budget);
      case "selectattr", "rejectattr" ->
          pickedBy(items, arguments, name.equals("selectattr"), budget);
      case "sort", "max", "min" -> ordered(name, items, arguments, budget);
      case "dictsort" -> dictSorted(value, arguments, budget);
      case "sum" -> sum(items, arguments, budget);
      case "unique" -> unique(items, arguments, budget);
      default -> batches(items, arguments);
    };
  }

  private static Object pairs(Object value) {
    return switch (value) {
      case Map<?, ?> map -> MappingMethods.items(map);
      case Undefined _ -> List.of();
      default -> throw new TemplateFault("items wants a mapping, got " + Values.kind(value));
    };
  }

  private static Object reversed(Object value, List<Object> items) {
    return value instanceof String text
        ? new StringBuilder(text).reverse().toString()
        : new ArrayList<>(items.reversed());
  }

  /// What is at `path`, such as `function.name` or 0, of an item.
  private static Object attribute(Object item, Object path, Budget budget) {
    if (path instanceof Long) {
      return Attributes.item(item, path, budget);
    }
    Object found = item;
    for (String name : Texts.of(path, budget).split("\\.", -1)) {
      Object key = name.matches("[0-9]{1,9}") ? (Object) Long.parseLong(name) : name;
      Object inner = found instanceof Map<?, ?> map ? map.get(key) : null;
      boolean absent = inner == null && found instanceof Map<?, ?>;
      found =
          inner != null
              ? inner
              : absent ? new Undefined("\"" + name + "\"") : Attributes.item(found, key, budget);
    }
    return found;
  }

  private static Object mapped(List<Object> items, Arguments arguments, Budget budget) {
    UnaryOperator<Object> change;
    if (arguments.positional().isEmpty()) {
      var bound = arguments.bind("attribute", "default");
      Object path = bound.get("attribute");
      change =
          item -> {
            Object found = attribute(item, path, budget);
            return found instanceof Undefined ? bound.get("default", found) : found;
          };
    } else {
      String filter = name(arguments.positional().getFirst());
      Filters.require(filter, 0);
      var rest = new Arguments(filter, tail(arguments.positional(), 1), arguments.named());
      change = item -> Filters.apply(filter, item, rest, budget);
    }
    var mapped = new ArrayList<Object>();
    for (Object item : items) {
      budget.step();
      mapped.add(change.apply(item));
    }
    return mapped;
  }

  private static List<Object> tail(List<Object> list, int from) {
    return list.subList(Math.min(from, list.size()), list.size());
  }

  private static String name(Object value) {
    if (value instanceof String name) {
      return name;
    }
    throw new TemplateFault("a name is wanted, got " + Values.kind(value));
  }

  private static Object pickedBy(
      List<Object> items, Arguments arguments, boolean keep, Budget budget) {
    if (arguments.positional().isEmpty()) {
      throw new TemplateFault(arguments.what() + " needs an attribute's name");
    }
    var rest = new Arguments(arguments.what(), tail(arguments.positional(), 1), arguments.named());
    return picked(items, rest, arguments.positional().getFirst(), keep, budget);
  }

  private static Object picked(
      List<Object> items, Arguments arguments, @Nullable Object path, boolean keep, Budget budget) {
    List<Object> given = arguments.positional();
    String test = given.isEmpty() ? "" : name(given.getFirst());
    var rest = new Arguments(test, tail(given, 1), arguments.named());
    if (!test.isEmpty()) {
      Tests.require(symbol(test), 0);
    }
    var picked = new ArrayList<Object>();
    for (Object item : items) {
      budget.step();
      Object judged = path == null ? item : attribute(item, path, budget);
      boolean holds =
          test.isEmpty() ? Values.isTrue(judged) : Tests.holds(symbol(test), judged, rest, budget);
      if (holds == keep) {
        picked.add(item);
      }
    }
    return picked;
  }

  private static String symbol(String test) {
    return switch (test) {
      case "==" -> "eq";
      case "!=" -> "ne";
      case "<" -> "lt";
      case "<=" -> "le";
      case ">" -> "gt";
      case ">=" -> "ge";
      default -> test;
    };
  }

  /// What items are ordered by: an attribute where one is given, letters small unless told.
  private static UnaryOperator<Object> key(Arguments.Bound bound, Budget budget) {
    Object path = bound.get("attribute", None.NONE);
    boolean exact = bound.flag("case_sensitive", false);
    return item -> {
      Object key = path == None.NONE ? item : attribute(item, path, budget);
      return key instanceof String text && !exact ? text.toLowerCase(Locale.ROOT) : key;
    };
  }

  private static Object ordered(
      String name, List<Object> items, Arguments arguments, Budget budget) {
    var bound =
        name.equals("sort")
            ? arguments.bind("reverse", "case_sensitive", "attribute")
            : arguments.bind("case_sensitive", "attribute");
    UnaryOperator<Object> key = key(bound, budget);
    Comparator<Object> order = (a, b) -> Values.compare(key.apply(a), key.apply(b), budget);
    if (name.equals("sort")) {
      items.sort(bound.flag("reverse", false) ? order.reversed() : order);
      return items;
    }
    Object best = new Undefined("the " + name + " of nothing");
    for (Object item : items) {
      if (best instanceof Undefined
          || order.compare(item, best) * (name.equals("max") ? 1 : -1) > 0) {
        best = item;
      }
    }
    return best;
  }

  private static Object dictSorted(Object value, Arguments arguments, Budget budget) {
    if (!(value instanceof Map<?, ?> map)) {
      throw new TemplateFault("dictsort wants a mapping, got " + Values.kind(value));
    }
    var bound = arguments.bind("case_sensitive", "by", "reverse");
    long by = bound.text("by", "key").equals("value") ? 1 : 0;
    var named = new java.util.LinkedHashMap<String, Object>();
    named.put("attribute", by);
    named.put("reverse", bound.get("reverse", false));
    named.put("case_sensitive", bound.get("case_sensitive", false));
    return ordered(
        "sort", MappingMethods.items(map), new Arguments("dictsort", List.of(), named), budget);
  }

  private static Object sum(List<Object> items, Arguments arguments, Budget budget) {
    var bound = arguments.bind("attribute", "start");
    Object path = bound.get("attribute", None.NONE);
    Object sum = bound.get("start", 0L);
    for (Object item : items) {
      Object value = path == None.NONE ? item : attribute(item, path, budget);
      sum = Operators.apply("+", sum, value, budget);
    }
    return sum;
  }

  private static Object unique(List<Object> items, Arguments arguments, Budget budget) {
    UnaryOperator<Object> key = key(arguments.bind("case_sensitive", "attribute"), budget);
    var seen = new ArrayList<Object>();
    var unique = new ArrayList<Object>();
    for (Object item : items) {
      Object one = key.apply(item);
      if (!Values.contains(seen, one, budget)) {
        seen.add(one);
        unique.add(item);
      }
    }
    return unique;
  }

  private static Object batches(List<Object> items, Arguments arguments) {
    int size = arguments.bind("linecount").whole("linecount", 0);
    if (size < 1) {
      throw new TemplateFault("batch wants a size of at least 1");
    }
    var batches = new ArrayList<Object>();
    for (int i = 0; i < items.size(); i += size) {
      batches.add(new ArrayList<>(items.subList(i, Math.min(items.size() - i, size) + i)));
    }
    return batches;
  }
}
