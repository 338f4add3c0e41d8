package dev.microtome.tensor.pickle;

import dev.microtome.tensor.pickle.Pickled.Call;
import dev.microtome.tensor.pickle.Pickled.Entry;
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
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;

/// Writes a pickle byte for byte as CPython's pickler does (protocol 2): the same steps, everything
/// that can be referred to remembered under the next number, items in batches of a thousand.
final class PickleWriter {
  private static final int BATCH = 1000;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final IdentityHashMap<Pickled, Integer> memo = new IdentityHashMap<>();

  private PickleWriter() {}

  static byte[] write(Pickled root) {
    var writer = new PickleWriter();
    writer.step(Opcode.PROTO);
    writer.out.write(2);
    writer.save(root);
    writer.step(Opcode.STOP);
    return writer.out.toByteArray();
  }

  private void save(Pickled node) {
    switch (node) {
      case Nothing _ -> step(Opcode.NONE);
      case Truth(boolean value) -> step(value ? Opcode.NEWTRUE : Opcode.NEWFALSE);
      case Whole(var value) -> whole(value);
      case Real(double value) -> {
        step(Opcode.BINFLOAT);
        little(Long.reverseBytes(Double.doubleToRawLongBits(value)), Double.BYTES);
      }
      case StorageId storage -> {
        save(storage.id);
        step(Opcode.BINPERSID);
      }
      case Tuple tuple when tuple.items.isEmpty() -> step(Opcode.EMPTY_TUPLE);
      default -> saveOnce(node);
    }
  }

  private void saveOnce(Pickled node) {
    Integer known = memo.get(node);
    if (known != null) {
      numbered(Opcode.BINGET, Opcode.LONG_BINGET, known);
      return;
    }
    switch (node) {
      case Text text -> text(text);
      case Name name -> name(name);
      case Tuple tuple -> tuple(tuple);
      case Items list -> list(list);
      case Mapping mapping -> mapping(mapping);
      case Call call -> {
        save(call.function);
        save(call.arguments);
        step(Opcode.REDUCE);
        remember(call);
      }
      case Script script -> script(script);
      default -> throw new IllegalStateException("not written: " + node);
    }
  }

  private void script(Script script) {
    save(script.type);
    step(Opcode.EMPTY_TUPLE);
    step(Opcode.NEWOBJ);
    remember(script);
    if (script.state != null) {
      save(script.state);
      step(Opcode.BUILD);
    }
  }

  private void text(Text text) {
    byte[] utf8 = text.value.getBytes(StandardCharsets.UTF_8);
    step(Opcode.BINUNICODE);
    little(utf8.length, Integer.BYTES);
    out.writeBytes(utf8);
    remember(text);
  }

  private void name(Name name) {
    step(Opcode.GLOBAL);
    out.writeBytes((name.module + "\n" + name.name + "\n").getBytes(StandardCharsets.UTF_8));
    remember(name);
  }

  private void tuple(Tuple tuple) {
    int size = tuple.items.size();
    if (size > 3) step(Opcode.MARK);
    tuple.items.forEach(this::save);
    step(
        switch (size) {
          case 1 -> Opcode.TUPLE1;
          case 2 -> Opcode.TUPLE2;
          case 3 -> Opcode.TUPLE3;
          default -> Opcode.TUPLE;
        });
    remember(tuple);
  }

  private void list(Items list) {
    step(Opcode.EMPTY_LIST);
    remember(list);
    if (list.items.size() == 1) {
      save(list.items.getFirst());
      step(Opcode.APPEND);
      return;
    }
    for (int at = 0; at < list.items.size(); at += BATCH) {
      step(Opcode.MARK);
      list.items.subList(at, Math.min(at + BATCH, list.items.size())).forEach(this::save);
      step(Opcode.APPENDS);
    }
  }

  private void mapping(Mapping mapping) {
    if (mapping.ordered == null) {
      step(Opcode.EMPTY_DICT);
    } else {
      save(mapping.ordered);
      step(Opcode.EMPTY_TUPLE);
      step(Opcode.REDUCE);
    }
    remember(mapping);
    items(mapping.entries.values(), mapping.ordered == null);
    if (mapping.attributes != null) {
      save(mapping.attributes);
      step(Opcode.BUILD);
    }
  }

  /// A plain dictionary of a multiple of a thousand entries ends with an empty batch, and a rest of
  /// one is a batch too; an iterated one (`OrderedDict`) has neither.
  private void items(Collection<Entry> entries, boolean plain) {
    List<Entry> all = new ArrayList<>(entries);
    if (all.isEmpty()) return;
    int at = 0;
    do {
      var batch = all.subList(at, Math.min(at + BATCH, all.size()));
      boolean single = batch.size() == 1 && (!plain || all.size() == 1);
      if (!single) step(Opcode.MARK);
      for (var entry : batch) {
        save(entry.key());
        save(entry.value());
      }
      step(single ? Opcode.SETITEM : Opcode.SETITEMS);
      at += BATCH;
    } while (at < all.size() || (plain && at == all.size()));
  }

  private void whole(BigInteger value) {
    if (value.bitLength() > 31) {
      byte[] big = value.toByteArray();
      step(Opcode.LONG1);
      out.write(big.length);
      for (int i = big.length - 1; i >= 0; i--) out.write(big[i]);
      return;
    }
    int small = value.intValue();
    int bytes = small >= 0 && small < 1 << 8 ? 1 : small >= 0 && small < 1 << 16 ? 2 : 4;
    step(bytes == 1 ? Opcode.BININT1 : bytes == 2 ? Opcode.BININT2 : Opcode.BININT);
    little(small, bytes);
  }

  private void remember(Pickled node) {
    numbered(Opcode.BINPUT, Opcode.LONG_BINPUT, memo.size());
    memo.put(node, memo.size());
  }

  private void numbered(int small, int large, int number) {
    step(number < 256 ? small : large);
    little(number, number < 256 ? 1 : Integer.BYTES);
  }

  private void step(int opcode) {
    out.write(opcode);
  }

  private void little(long value, int bytes) {
    for (int i = 0; i < bytes; i++) out.write((int) (value >> (8 * i)));
  }
}
