package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.Pickled.Items;
import dev.microtome.tensor.pickle.Pickled.Mapping;
import dev.microtome.tensor.pickle.Pickled.Name;
import dev.microtome.tensor.pickle.Pickled.Nothing;
import dev.microtome.tensor.pickle.Pickled.Real;
import dev.microtome.tensor.pickle.Pickled.Script;
import dev.microtome.tensor.pickle.Pickled.Text;
import dev.microtome.tensor.pickle.Pickled.Truth;
import dev.microtome.tensor.pickle.Pickled.Tuple;
import dev.microtome.tensor.pickle.Pickled.Whole;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Java values as `torch.save` would pickle them: maps, lists, tuples, texts, numbers and tensors.
/// Tensors over one storage share it in the file.
final class Encoder {
  private static final int DEEPEST = 100;

  private final TensorEncoder tensors = new TensorEncoder(this);
  private final Map<String, Name> names = new HashMap<>();
  private final IdentityHashMap<Object, Pickled> known = new IdentityHashMap<>();
  private final Text version = new Text("version");
  private int depth;

  /// The storages of what was encoded so far, by key in the order they were met.
  Map<String, MemorySegment> storages() {
    return tensors.storages();
  }

  /// A state dict: an `OrderedDict` whose `_metadata` has each module's version.
  Pickled stateDict(Map<String, ?> state, Map<String, Long> versions) {
    var dict = new Mapping(name("collections", "OrderedDict"));
    state.forEach((key, value) -> dict.with(key, encode(value)));
    var metadata = new Mapping(dict.ordered);
    versions.forEach((path, number) -> {
      var module = new Mapping(null);
      module.put("version", version, Whole.of(number));
      metadata.with(path, module);
    });
    dict.attributes = new Mapping(null).with("_metadata", metadata);
    return dict;
  }

  Pickled encode(@Nullable Object value) {
    return switch (value) {
      case null -> Nothing.NONE;
      case Boolean flag -> new Truth(flag);
      case BigInteger number -> new Whole(number);
      case Double real -> new Real(real);
      case Float real -> new Real(real);
      case Number number -> Whole.of(number.longValue());
      case String text -> new Text(text);
      case DType dtype -> constant(dtype.toString());
      case NamedValue named -> constant(named.name());
      case Pickled pickled -> pickled;
      case List<?> list when list.isEmpty() -> new Items(); // Java's one empty list, Python's many
      default -> once(value);
    };
  }

  /// An object that occurs twice is written once.
  private Pickled once(Object value) {
    Pickled before = known.get(value);
    if (before != null) return before;
    if (++depth > DEEPEST) {
      throw new IllegalArgumentException("more than %d values in each other".formatted(DEEPEST));
    }
    Pickled encoded = composite(value);
    depth--;
    known.put(value, encoded);
    return encoded;
  }

  private Pickled composite(Object value) {
    return switch (value) {
      case Tensor tensor -> tensors.encode(dense(tensor));
      case ParameterValue(var tensor) -> tensors.parameter(dense(tensor));
      case Shape shape -> call("torch", "Size", longs(shape.dims()));
      case Device device -> call("torch", "device", new Text(device.toString()));
      case TupleValue(var items) -> tuple(items);
      case List<?> list -> list(list);
      case Map<?, ?> map -> map(map);
      case ScriptValue script -> script(script);
      default ->
          throw new IllegalArgumentException(
              "a %s has no form in a PyTorch checkpoint; give maps, lists, texts, numbers or tensors"
                  .formatted(value.getClass().getName()));
    };
  }

  private static DenseTensor dense(Tensor tensor) {
    if (tensor.device().equals(Device.META)) {
      throw new IllegalArgumentException("a tensor on the meta device has no numbers to write");
    }
    return tensor.to(Device.CPU).dense();
  }

  private Tuple tuple(List<? extends @Nullable Object> items) {
    return new Tuple(items.stream().map(this::encode).toList());
  }

  private Items list(List<?> values) {
    var list = new Items();
    for (Object value : values) list.items.add(encode(value));
    return list;
  }

  private Mapping map(Map<?, ?> values) {
    var mapping = new Mapping(null);
    values.forEach((key, value) -> {
      if (!(key instanceof String || key instanceof Long || key instanceof Integer)) {
        throw new IllegalArgumentException("a key is text or a whole number, not " + key);
      }
      mapping.put(key, encode(key), encode(value));
    });
    return mapping;
  }

  private Script script(ScriptValue value) {
    var script = new Script(name("torch", "ScriptObject"));
    script.state = Tuple.of(encode(value.state()), new Text(value.type()));
    return script;
  }

  private Pickled constant(String full) {
    int dot = full.lastIndexOf('.');
    if (dot < 0) throw new IllegalArgumentException("'%s' is no Python name".formatted(full));
    return name(full.substring(0, dot), full.substring(dot + 1));
  }

  /// The one node for a name.
  Name name(String module, String name) {
    return names.computeIfAbsent(module + "." + name, _ -> new Name(module, name));
  }

  Pickled.Call call(String module, String function, Pickled... arguments) {
    return new Pickled.Call(name(module, function), Tuple.of(arguments));
  }

  Mapping noHooks() {
    return new Mapping(name("collections", "OrderedDict"));
  }

  static Tuple longs(long... values) {
    return new Tuple(Arrays.stream(values).<Pickled>mapToObj(Whole::of).toList());
  }
}
