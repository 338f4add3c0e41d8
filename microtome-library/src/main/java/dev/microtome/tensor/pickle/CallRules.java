package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.pickle.Pickled.Call;
import dev.microtome.tensor.pickle.Pickled.Mapping;
import dev.microtome.tensor.pickle.Pickled.Name;
import dev.microtome.tensor.pickle.Pickled.Text;
import dev.microtome.tensor.pickle.Pickled.Tuple;
import dev.microtome.tensor.pickle.Pickled.Whole;
import java.util.List;

/// Judges the calls a pickle asks for: which functions, with which arguments.
final class CallRules {
  private CallRules() {}

  static void check(Call call, Fault fault) {
    List<Pickled> args = call.arguments.items;
    switch (call.function.full()) {
      case AllowedNames.TENSOR,
          AllowedNames.TENSOR_V3,
          AllowedNames.PARAMETER,
          AllowedNames.QUANTIZED ->
          QuantizerRules.checkChannels(TensorForm.of(call, fault), fault);
      case AllowedNames.SIZE -> {
        if (args.size() != 1)
          throw fault.broken("a torch.Size is made from %d values", args.size());
        naturals(args.getFirst(), "a torch.Size", fault);
      }
      case AllowedNames.DEVICE -> {
        boolean named = !args.isEmpty() && args.getFirst() instanceof Text;
        if (!named || args.size() > 2) throw fault.broken("a torch.device has no name");
        if (args.size() == 2) natural(args.get(1), "a device's number", fault);
      }
      default ->
          throw fault.refused(
              "the file calls %s, which is no function", Fault.quote(call.function.full()));
    }
  }

  /// A TorchScript object's state: what it holds, and the name of a class that is known.
  static void checkState(Tuple state, Fault fault) {
    if (state.items.size() != 2 || !(state.items.get(1) instanceof Text type)) {
      throw fault.refused("a TorchScript object has a state that is not known");
    }
    if (!AllowedNames.SCRIPT_CLASSES.contains(type.value)) {
      throw fault.refused("a TorchScript object is a %s", Fault.quote(type.value));
    }
    tuple(state.items.getFirst(), "a TorchScript object's state", fault);
  }

  static void noHooks(Pickled hooks, Fault fault) {
    if (!(hooks instanceof Mapping mapping) || !mapping.entries.isEmpty()) {
      throw fault.refused("a tensor carries hooks, which are code");
    }
  }

  static DType dtype(Name name, Fault fault) {
    for (DType dtype : DType.values()) {
      if (dtype.toString().equals(name.full())) return dtype;
    }
    throw fault.refused("%s is no element type", Fault.quote(name.full()));
  }

  static Tuple tuple(Pickled value, String what, Fault fault) {
    if (value instanceof Tuple tuple) return tuple;
    throw fault.broken("%s is no tuple", what);
  }

  static long whole(Pickled value, String what, Fault fault) {
    if (value instanceof Whole(var number) && number.bitLength() < Long.SIZE) {
      return number.longValue();
    }
    throw fault.broken("%s is no whole number of 64 bits", what);
  }

  static long natural(Pickled value, String what, Fault fault) {
    long number = whole(value, what, fault);
    if (number < 0) throw fault.broken("%s is %d", what, number);
    return number;
  }

  static long[] naturals(Pickled value, String what, Fault fault) {
    return tuple(value, what, fault).items.stream()
        .mapToLong(item -> natural(item, what, fault))
        .toArray();
  }
}
