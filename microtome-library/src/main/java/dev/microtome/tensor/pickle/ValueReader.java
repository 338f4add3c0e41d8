package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.pickle.Pickled.Call;
import dev.microtome.tensor.pickle.Pickled.Items;
import dev.microtome.tensor.pickle.Pickled.Mapping;
import dev.microtome.tensor.pickle.Pickled.Name;
import dev.microtome.tensor.pickle.Pickled.Nothing;
import dev.microtome.tensor.pickle.Pickled.Real;
import dev.microtome.tensor.pickle.Pickled.Script;
import dev.microtome.tensor.pickle.Pickled.StorageId;
import dev.microtome.tensor.pickle.Pickled.Text;
import dev.microtome.tensor.pickle.Pickled.Truth;
import dev.microtome.tensor.pickle.Pickled.Tuple;
import dev.microtome.tensor.pickle.Pickled.Whole;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a checked pickle means in Java. What occurs twice becomes one object that occurs twice.
final class ValueReader {
  private final Storages storages;
  private final Fault fault;
  private final IdentityHashMap<Pickled, Object> known = new IdentityHashMap<>();

  ValueReader(Storages storages, Fault fault) {
    this.storages = storages;
    this.fault = fault;
  }

  @Nullable Object read(Pickled node) {
    return switch (node) {
      case Nothing _ -> null;
      case Truth(boolean value) -> value;
      case Whole(var value) -> value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
      case Real(double value) -> value;
      case Text text -> text.value;
      case Name name -> name(name);
      case StorageId _ -> throw fault.refused("a storage stands without a tensor");
      default -> shared(node);
    };
  }

  private Object shared(Pickled node) {
    Object before = known.get(node);
    if (before != null) return before;
    Object value =
        switch (node) {
          case Tuple tuple -> new TupleValue(all(tuple.items));
          case Items list -> all(list.items);
          case Mapping mapping -> mapping(mapping);
          case Call call -> call(call);
          case Script script -> script(script);
          default -> throw new IllegalStateException("no value: " + node);
        };
    known.put(node, value);
    return value;
  }

  private List<@Nullable Object> all(List<Pickled> items) {
    var values = new ArrayList<@Nullable Object>();
    for (Pickled item : items) values.add(read(item));
    return values;
  }

  private Map<Object, @Nullable Object> mapping(Mapping mapping) {
    var values = new LinkedHashMap<Object, @Nullable Object>();
    mapping
        .entries
        .values()
        .forEach(entry -> {
          Object key = read(entry.key());
          if (key != null) values.put(key, read(entry.value()));
        });
    return values;
  }

  private Object call(Call call) {
    return switch (call.function.full()) {
      case AllowedNames.SIZE ->
          new Shape(CallRules.naturals(call.arguments.items.getFirst(), "a size", fault));
      case AllowedNames.DEVICE -> device(call.arguments.items);
      default -> storages.tensor(call);
    };
  }

  private Object device(List<Pickled> arguments) {
    String name = ((Text) arguments.getFirst()).value;
    if (name.equals("cpu")) return Device.CPU;
    return new NamedValue(arguments.size() == 1 ? name : name + ":" + read(arguments.get(1)));
  }

  private ScriptValue script(Script script) {
    if (script.state == null) throw fault.broken("a TorchScript object has no state");
    String type = ((Text) script.state.items.get(1)).value;
    return new ScriptValue(type, (TupleValue) shared(script.state.items.getFirst()));
  }

  private static Object name(Name name) {
    for (DType dtype : DType.values()) {
      if (dtype.toString().equals(name.full())) return dtype;
    }
    return new NamedValue(name.full());
  }
}
