package dev.microtome.server.protocol;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/// The safetensors blob beside a job: sizes, types and ranges agree exactly, without holes. Nothing
/// is allocated from a number that was not checked.
final class TensorsCheck {
  private static final Map<String, Integer> SIZES =
      Map.ofEntries(
          Map.entry("BOOL", 1),
          Map.entry("U8", 1),
          Map.entry("I8", 1),
          Map.entry("I16", 2),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("I32", 4),
          Map.entry("F32", 4),
          Map.entry("I64", 8),
          Map.entry("F64", 8));

  private static final int MOST_DIMS = 64;
  private static final Set<String> FIELDS = Set.of("dtype", "shape", "data_offsets");

  private final Limits.Graphs limits;
  private final StrictJson json;

  TensorsCheck(Limits limits) {
    this.limits = limits.graphs();
    this.json = new StrictJson(limits.body());
  }

  /// The names of the tensors in a blob, which may be empty.
  Set<String> names(byte[] blob) {
    if (blob.length == 0) {
      return Set.of();
    }
    int header = headerLength(blob);
    JsonNode root =
        json.read(
            Arrays.copyOfRange(blob, Long.BYTES, Long.BYTES + header), "the header of the tensors");
    long data = blob.length - (long) Long.BYTES - header;
    limit("bytes of tensors", data, limits.tensorsBytes());
    var names = new HashSet<String>();
    var ranges = new TreeMap<Long, Long>();
    for (String name : root.propertyNames()) {
      if (name.equals("__metadata__")) {
        root.path(name).forEach(v -> require(v.isString(), "__metadata__ holds strings only"));
        continue;
      }
      long[] range = range(name, root.path(name));
      names.add(name);
      if (range[1] > range[0]) {
        require(ranges.put(range[0], range[1]) == null, "two tensors begin at the same byte");
      }
    }
    checkTiling(ranges, data);
    return names;
  }

  private int headerLength(byte[] blob) {
    require(blob.length >= Long.BYTES, "the tensors are no safetensors file: too short");
    long length = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN).getLong();
    require(
        length > 0 && length <= blob.length - Long.BYTES,
        "the tensors are no safetensors file: the header does not fit");
    require(blob[Long.BYTES] == '{', "the tensors are no safetensors file: no header");
    return (int) length;
  }

  private long[] range(String name, JsonNode info) {
    String shown = "tensor " + Fields.shown(name);
    require(info.isObject(), shown + " is no object");
    Fields.refuseUnknown(info, FIELDS, shown);
    Integer size = SIZES.get(info.path("dtype").asString(""));
    require(size != null, shown + " has a dtype that can't be sent");
    JsonNode shape = info.path("shape");
    require(shape.isArray() && shape.size() <= MOST_DIMS, shown + " needs a shape");
    long bytes = size == null ? 0 : size;
    for (JsonNode dim : shape) {
      require(
          dim.isIntegralNumber() && dim.canConvertToLong() && dim.asLong() >= 0,
          shown + " has a bad shape");
      bytes = multiply(bytes, dim.asLong(), shown);
    }
    JsonNode offsets = info.path("data_offsets");
    require(
        offsets.isArray()
            && offsets.size() == 2
            && isOffset(offsets.get(0))
            && isOffset(offsets.get(1)),
        shown + " needs two data_offsets");
    long begin = offsets.get(0).asLong();
    long end = offsets.get(1).asLong();
    require(
        end >= begin && end - begin == bytes, shown + " does not have the size its shape needs");
    limit("bytes of " + shown, bytes, limits.tensorBytes());
    return new long[] {begin, end};
  }

  private static boolean isOffset(JsonNode value) {
    return value.isIntegralNumber() && value.canConvertToLong() && value.asLong() >= 0;
  }

  private static long multiply(long a, long b, String shown) {
    try {
      return Math.multiplyExact(a, b);
    } catch (ArithmeticException e) {
      throw refuse(shown + " has a size beyond 64 bits");
    }
  }

  private static void checkTiling(Map<Long, Long> ranges, long data) {
    long end = 0;
    for (var range : ranges.entrySet()) {
      require(range.getKey() == end, "the tensors overlap or leave a hole at byte " + end);
      end = range.getValue();
    }
    require(end == data, "the data has %d bytes, the header tells of %d".formatted(data, end));
  }

  private static void limit(String what, long count, long most) {
    if (count > most) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED, "%s: %d, at most %d are taken".formatted(what, count, most));
    }
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw refuse(otherwise);
    }
  }

  private static RefusedException refuse(String message) {
    return new RefusedException(ErrorCode.INVALID_GRAPH, message);
  }
}
