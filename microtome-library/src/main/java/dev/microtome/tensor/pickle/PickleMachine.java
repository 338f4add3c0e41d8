package dev.microtome.tensor.pickle;

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
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Runs one pickle: a stack machine without power. It builds [Pickled] nodes, knows about thirty
/// steps, and calls nothing: an allowed call is written down as a node after [CallRules] has looked
/// at it. The whole is bounded by the bytes that are there, a number of nodes, and a depth.
final class PickleMachine {
  private static final int MOST_NODES = 5_000_000;
  private static final int MOST_MARKS = 1_000;
  private static final int LONGEST_NUMBER = 64;

  private final PickleBytes in;
  private final Consumer<StorageId> storages;
  private final ArrayList<Pickled> stack = new ArrayList<>();
  private final ArrayList<Integer> marks = new ArrayList<>();
  private final Map<Integer, Pickled> memo = new HashMap<>();
  private int nodes;

  private PickleMachine(PickleBytes in, Consumer<StorageId> storages) {
    this.in = in;
    this.storages = storages;
  }

  /// Reads one pickle and leaves `in` behind its end; `storages` judges each storage it refers to.
  static Pickled run(PickleBytes in, Consumer<StorageId> storages) {
    Pickled root = new PickleMachine(in, storages).run();
    Soundness.check(root, in.fault());
    return root;
  }

  private Pickled run() {
    while (true) {
      in.beginStep();
      int step = in.u8();
      if (step == Opcode.STOP) return result();
      switch (step) {
        case Opcode.PROTO -> protocol(in.u8());
        case Opcode.MARK -> mark();
        case Opcode.BINPUT -> memo.put(in.u8(), top());
        case Opcode.LONG_BINPUT -> memo.put(in.i32(), top());
        case Opcode.APPEND -> append(List.of(pop()));
        case Opcode.APPENDS -> append(popToMark());
        case Opcode.SETITEM -> setItems(popPair());
        case Opcode.SETITEMS -> setItems(popToMark());
        case Opcode.BUILD -> build(pop());
        default -> push(value(step));
      }
    }
  }

  /// The steps that leave one new thing on the stack.
  private Pickled value(int step) {
    return switch (step) {
      case Opcode.NONE -> Nothing.NONE;
      case Opcode.NEWTRUE -> new Truth(true);
      case Opcode.NEWFALSE -> new Truth(false);
      case Opcode.BININT1 -> Whole.of(in.u8());
      case Opcode.BININT2 -> Whole.of(in.u16());
      case Opcode.BININT -> Whole.of(in.i32());
      case Opcode.LONG1 -> new Whole(longNumber());
      case Opcode.BINFLOAT -> new Real(in.f64());
      case Opcode.BINUNICODE -> new Text(in.text(in.i32()));
      case Opcode.GLOBAL -> name();
      case Opcode.EMPTY_TUPLE -> Tuple.EMPTY;
      case Opcode.TUPLE -> new Tuple(popToMark());
      case Opcode.TUPLE1 -> new Tuple(pop(1));
      case Opcode.TUPLE2 -> new Tuple(pop(2));
      case Opcode.TUPLE3 -> new Tuple(pop(3));
      case Opcode.EMPTY_LIST -> new Items();
      case Opcode.EMPTY_DICT -> new Mapping(null);
      case Opcode.BINGET -> remembered(in.u8());
      case Opcode.LONG_BINGET -> remembered(in.i32());
      case Opcode.REDUCE -> reduce();
      case Opcode.NEWOBJ -> newObject();
      case Opcode.BINPERSID -> storage();
      default ->
          throw in.fault().refused("step 0x%02x is none that a checkpoint of tensors needs", step);
    };
  }

  private void protocol(int version) {
    if (version < 2 || version > 4) {
      throw in.fault().refused("pickle protocol %d is not read", version);
    }
  }

  private Pickled result() {
    if (stack.size() != 1 || !marks.isEmpty()) {
      throw in.fault().broken("the pickle stops with %d values on its stack", stack.size());
    }
    return stack.getFirst();
  }

  // ---- the stack ----

  private void push(Pickled value) {
    if (++nodes > MOST_NODES) {
      throw in.fault().refused("the pickle has more than %d parts", MOST_NODES);
    }
    stack.add(value);
  }

  private Pickled pop() {
    Pickled top = top();
    stack.removeLast();
    return top;
  }

  private List<Pickled> pop(int count) {
    int floor = marks.isEmpty() ? 0 : marks.getLast();
    if (stack.size() - count < floor) throw underflow();
    var top = stack.subList(stack.size() - count, stack.size());
    var values = new ArrayList<>(top);
    top.clear();
    return values;
  }

  private List<Pickled> popPair() {
    return pop(2);
  }

  private Pickled top() {
    int floor = marks.isEmpty() ? 0 : marks.getLast();
    if (stack.size() <= floor) throw underflow();
    return stack.getLast();
  }

  private TorchFileException underflow() {
    return in.fault().broken("the pickle takes more from its stack than is there");
  }

  private void mark() {
    if (marks.size() >= MOST_MARKS) {
      throw in.fault().refused("more than %d marks are open", MOST_MARKS);
    }
    marks.add(stack.size());
  }

  private List<Pickled> popToMark() {
    if (marks.isEmpty()) throw in.fault().broken("there is no mark");
    var values = pop(stack.size() - marks.getLast());
    marks.removeLast();
    return values;
  }

  private Pickled remembered(int key) {
    Pickled value = memo.get(key);
    if (value == null) throw in.fault().broken("nothing was remembered as %d", key);
    return value;
  }

  // ---- values ----

  private BigInteger longNumber() {
    int length = in.u8();
    if (length > LONGEST_NUMBER) {
      throw in.fault().refused("a whole number of %d bytes is out of reason", length);
    }
    byte[] little = in.bytes(length);
    byte[] big = new byte[length + 1];
    for (int i = 0; i < length; i++) big[length - i] = little[i];
    if (length > 0 && little[length - 1] < 0) big[0] = -1;
    return new BigInteger(big);
  }

  private Name name() {
    var name = new Name(in.line(), in.line());
    if (!AllowedNames.contains(name)) {
      throw in.fault()
          .refused(
              "the file wants %s, which no checkpoint of tensors needs", Fault.quote(name.full()));
    }
    return name;
  }

  private void append(List<Pickled> values) {
    if (!(top() instanceof Items list)) throw in.fault().broken("appends to what is no list");
    list.items.addAll(values);
  }

  private void setItems(List<Pickled> pairs) {
    if (!(top() instanceof Mapping mapping)) {
      throw in.fault().broken("sets an item of what is no dictionary");
    }
    if (pairs.size() % 2 != 0) throw in.fault().broken("a key has no value");
    for (int i = 0; i < pairs.size(); i += 2) {
      if (!mapping.put(key(pairs.get(i)), pairs.get(i), pairs.get(i + 1))) {
        throw in.fault().refused("a dictionary has a key twice");
      }
    }
  }

  /// The key as Python compares it: `1`, `1.0` and `True` are one key.
  private Object key(Pickled key) {
    return switch (key) {
      case Text text -> text.value;
      case Whole whole -> whole.value();
      case Truth truth -> truth.value() ? BigInteger.ONE : BigInteger.ZERO;
      case Real real
          when real.value() == Math.rint(real.value()) && Math.abs(real.value()) < 1e15 ->
          BigInteger.valueOf((long) real.value());
      case Real real -> real.value();
      default -> throw in.fault().refused("a dictionary's key is neither text nor a number");
    };
  }

  // ---- what would be code in Python ----

  private Pickled reduce() {
    var parts = pop(2);
    if (!(parts.get(0) instanceof Name function) || !(parts.get(1) instanceof Tuple arguments)) {
      throw in.fault().broken("calls what is no function");
    }
    if (function.full().equals(AllowedNames.ORDERED_DICT)) {
      if (!arguments.items.isEmpty()) {
        throw in.fault().refused("an OrderedDict is made from arguments");
      }
      return new Mapping(function);
    }
    var call = new Call(function, arguments);
    CallRules.check(call, in.fault());
    return call;
  }

  private Pickled newObject() {
    var parts = pop(2);
    if (!(parts.get(0) instanceof Name type)
        || !type.full().equals(AllowedNames.SCRIPT_OBJECT)
        || !(parts.get(1) instanceof Tuple arguments)
        || !arguments.items.isEmpty()) {
      throw in.fault().refused("makes an object that is no TorchScript object");
    }
    return new Script(type);
  }

  private void build(Pickled state) {
    switch (top()) {
      case Mapping mapping
          when mapping.ordered != null
              && mapping.attributes == null
              && state instanceof Mapping attributes
              && attributes.ordered == null ->
          mapping.attributes = attributes;
      case Script script when script.state == null && state instanceof Tuple given -> {
        CallRules.checkState(given, in.fault());
        script.state = given;
      }
      default -> throw in.fault().refused("sets the state of what has none");
    }
  }

  private Pickled storage() {
    if (!(pop() instanceof Tuple id)) throw in.fault().broken("a storage's id is no tuple");
    var storage = new StorageId(id);
    storages.accept(storage);
    return storage;
  }
}
