package dev.microtome.trace;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Index;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The arguments of a [Node] as JSON: `{"node": id}`, `{"tensor": name}`, `{"slice": [a, b,
/// step]}`, `{"at": i}`, `{"by": …}`, `{"ellipsis": true}`, `{"newaxis": true}`, `{"dtype":
/// "float16"}`, `{"device": "cpu"}`, `{"ints": […]}`, `{"floats": […]}`, `{"bools": […]}`,
/// `{"float": "inf"}`.
final class GraphArguments {
  private final JsonMapper mapper;
  private final Map<String, Tensor> tensors;
  private final IdentityHashMap<Tensor, String> names = new IdentityHashMap<>();

  GraphArguments(JsonMapper mapper, Map<String, Tensor> tensors) {
    this.mapper = mapper;
    this.tensors = tensors;
  }

  JsonNode write(@Nullable Object arg) {
    return switch (arg) {
      case null -> mapper.nullNode();
      case Step.Ref(int id) -> single("node", id);
      case References.ByRef(Step.Ref ref) -> tagged("by", write(ref));
      case Tensor tensor -> single("tensor", name(tensor));
      case Index index -> write(index);
      case Boolean flag -> mapper.getNodeFactory().booleanNode(flag);
      case Double real -> real(real);
      case Float real -> real(real);
      case Number whole -> mapper.getNodeFactory().numberNode(whole.longValue());
      case String text -> mapper.getNodeFactory().stringNode(text);
      case DType dtype -> single("dtype", dtype.label());
      case Device device -> single("device", device.toString());
      case Shape shape -> tagged("ints", ints(shape.dims()));
      case long[] ints -> tagged("ints", ints(ints));
      case double[] reals -> {
        ArrayNode array = mapper.createArrayNode();
        for (double real : reals) {
          array.add(real(real));
        }
        yield tagged("floats", array);
      }
      case boolean[] flags -> {
        ArrayNode array = mapper.createArrayNode();
        for (boolean flag : flags) {
          array.add(flag);
        }
        yield tagged("bools", array);
      }
      case List<?> list -> {
        ArrayNode array = mapper.createArrayNode();
        list.forEach(element -> array.add(write(element)));
        yield array;
      }
      default ->
          throw new IllegalArgumentException(
              "a " + arg.getClass().getSimpleName() + " has no JSON form");
    };
  }

  private JsonNode write(Index index) {
    return switch (index) {
      case Index.At(long position) -> single("at", position);
      case Index.Slice(Long start, Long stop, Long step) -> {
        ArrayNode parts = mapper.createArrayNode();
        parts.add(write(start)).add(write(stop)).add(write(step));
        yield tagged("slice", parts);
      }
      case Index.Ellipsis() -> tagged("ellipsis", mapper.getNodeFactory().booleanNode(true));
      case Index.NewAxis() -> tagged("newaxis", mapper.getNodeFactory().booleanNode(true));
      case Index.By(Tensor positions) -> tagged("by", write(positions));
    };
  }

  private String name(Tensor tensor) {
    return names.computeIfAbsent(
        tensor,
        t -> {
          String name = "t" + tensors.size();
          tensors.put(name, t);
          return name;
        });
  }

  private JsonNode real(double real) {
    return Double.isFinite(real)
        ? mapper.getNodeFactory().numberNode(real)
        : single("float", Double.toString(real));
  }

  private ArrayNode ints(long[] ints) {
    ArrayNode array = mapper.createArrayNode();
    for (long i : ints) {
      array.add(i);
    }
    return array;
  }

  private ObjectNode single(String tag, long value) {
    return mapper.createObjectNode().put(tag, value);
  }

  private ObjectNode single(String tag, String value) {
    return mapper.createObjectNode().put(tag, value);
  }

  private ObjectNode tagged(String tag, JsonNode value) {
    ObjectNode object = mapper.createObjectNode();
    object.set(tag, value);
    return object;
  }

  // ---- reading ----

  List<@Nullable Object> readAll(JsonNode args) {
    var list = new ArrayList<@Nullable Object>(args.size());
    for (JsonNode arg : args) {
      list.add(read(arg));
    }
    return list;
  }

  Step.Ref ref(JsonNode args, int index) {
    if (read(args.path(index)) instanceof Step.Ref ref) {
      return ref;
    }
    throw new IllegalArgumentException("argument " + index + " must be {\"node\": id}");
  }

  /// A node or a constant tensor.
  Object tensor(JsonNode args, int index) {
    Object value = read(args.path(index));
    if (value instanceof Step.Ref || value instanceof Tensor) {
      return value;
    }
    throw new IllegalArgumentException("argument " + index + " must be a node or a tensor");
  }

  /// Nodes and constant tensors.
  List<Object> tensors(JsonNode args, int index) {
    JsonNode list = args.path(index);
    var read = new ArrayList<Object>();
    for (int i = 0; i < list.size(); i++) {
      read.add(tensor(list, i));
    }
    return read;
  }

  /// How often to do something: a number, a node or a tensor.
  Object times(JsonNode args, int index) {
    return args.path(index).isObject() ? tensor(args, index) : (Object) (long) count(args, index);
  }

  int count(JsonNode args, int index) {
    JsonNode value = args.path(index);
    if (!value.isInt() || value.asInt() < 0) {
      throw new IllegalArgumentException("argument " + index + " must be a count, got " + value);
    }
    return value.asInt();
  }

  private @Nullable Object read(JsonNode arg) {
    if (arg.isNull() || arg.isMissingNode()) {
      return null;
    }
    if (arg.isBoolean()) {
      return arg.asBoolean();
    }
    if (arg.isIntegralNumber()) {
      if (!arg.canConvertToLong()) {
        throw new IllegalArgumentException(arg + " is too large");
      }
      return arg.asLong();
    }
    if (arg.isNumber()) {
      return arg.asDouble();
    }
    if (arg.isString()) {
      return arg.asString();
    }
    return arg.isArray() ? readAll(arg) : readTagged(arg);
  }

  private Object readTagged(JsonNode arg) {
    if (arg.size() != 1) {
      throw new IllegalArgumentException("an argument object has one key, got " + arg);
    }
    String tag = arg.propertyNames().iterator().next();
    JsonNode value = arg.path(tag);
    return switch (tag) {
      case "node" -> new Step.Ref(id(value));
      case "tensor" -> named(value.asString(""));
      case "by" -> {
        Object positions = read(value);
        yield positions instanceof Step.Ref ref
            ? new References.ByRef(ref)
            : new Index.By((Tensor) java.util.Objects.requireNonNull(positions));
      }
      case "at" -> new Index.At(value.asLong());
      case "slice" -> new Index.Slice(bound(value, 0), bound(value, 1), bound(value, 2));
      case "ellipsis" -> new Index.Ellipsis();
      case "newaxis" -> new Index.NewAxis();
      case "dtype" -> DType.named(value.asString(""));
      case "device" -> new Device(value.asString("").replaceAll(":\\d+$", ""), -1);
      case "float" -> Double.parseDouble(value.asString(""));
      case "ints" -> value.valueStream().mapToLong(JsonNode::asLong).toArray();
      case "floats" ->
          value.valueStream().mapToDouble(v -> ((Number) requireRead(v)).doubleValue()).toArray();
      case "bools" -> booleans(value);
      default -> throw new IllegalArgumentException("unknown argument tag '" + tag + "'");
    };
  }

  private Object requireRead(JsonNode value) {
    return java.util.Objects.requireNonNull(read(value), "null among numbers");
  }

  private static int id(JsonNode value) {
    if (!value.isInt()) {
      throw new IllegalArgumentException("a node's id is a whole number, got " + value);
    }
    return value.asInt();
  }

  private static boolean[] booleans(JsonNode value) {
    boolean[] flags = new boolean[value.size()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = value.path(i).asBoolean();
    }
    return flags;
  }

  private static @Nullable Long bound(JsonNode slice, int index) {
    JsonNode bound = slice.path(index);
    return bound.isNull() || bound.isMissingNode() ? null : bound.asLong();
  }

  private Tensor named(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "there is no tensor '" + name + "' beside the graph; there are " + tensors.keySet());
    }
    return tensor;
  }
}
