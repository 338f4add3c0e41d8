package dev.microtome.trace;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Index;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A [Step.Cache] as JSON: `{"op": "cache", "args": [paths, inputs, outputs, detach, subscript,
/// reduction, dims, dtype]}`.
final class CacheJson {
  private CacheJson() {}

  static void write(Step.Cache cache, ObjectNode out, GraphArguments arguments) {
    Keep keep = cache.keep();
    Keep.Reduction reduction = keep.reduction();
    out.put("op", "cache");
    out.set(
        "args",
        arguments.write(
            Arrays.asList(
                cache.paths(),
                cache.inputs(),
                cache.outputs(),
                keep.detach(),
                keep.subscript(),
                reduction == null ? null : reduction.label(),
                keep.dims(),
                keep.dtype())));
    if (cache.invoke() != Site.ALL) {
      out.put("invoke", cache.invoke());
    }
  }

  static Step.Cache read(JsonNode node, GraphArguments arguments) {
    List<@Nullable Object> args = arguments.readAll(node.path("args"));
    if (args.size() != 8) {
      throw new IllegalArgumentException("a cache has 8 arguments, got " + args.size());
    }
    var keep =
        new Keep(
            argument(args, 3, Boolean.class),
            elements(args, 4, Index.class),
            args.get(5) == null ? null : reduction(argument(args, 5, String.class)),
            elements(args, 6, Long.class),
            args.get(7) == null ? null : argument(args, 7, DType.class));
    return new Step.Cache(
        elements(args, 0, String.class),
        argument(args, 1, Boolean.class),
        argument(args, 2, Boolean.class),
        keep,
        node.path("invoke").asInt(Site.ALL));
  }

  private static Keep.Reduction reduction(String label) {
    return Arrays.stream(Keep.Reduction.values())
        .filter(reduction -> reduction.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is no reduction; there are %s"
                    .formatted(
                        label, Arrays.toString(Keep.Reduction.values()).toLowerCase(Locale.ROOT))));
  }

  private static <T> T argument(List<@Nullable Object> args, int index, Class<T> type) {
    Object arg = args.get(index);
    if (!type.isInstance(arg)) {
      throw new IllegalArgumentException(
          "argument %d must be a %s, got %s".formatted(index, type.getSimpleName(), arg));
    }
    return Objects.requireNonNull(type.cast(arg));
  }

  private static <T> List<T> elements(List<@Nullable Object> args, int index, Class<T> type) {
    List<?> list = argument(args, index, List.class);
    if (!list.stream().allMatch(type::isInstance)) {
      throw new IllegalArgumentException(
          "argument %d must be a list of %s, got %s".formatted(index, type.getSimpleName(), list));
    }
    return list.stream().map(type::cast).toList();
  }
}
