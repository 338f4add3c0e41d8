package dev.microtome.tensor.pickle;

import dev.microtome.tensor.pickle.Pickled.Items;
import dev.microtome.tensor.pickle.Pickled.Mapping;
import dev.microtome.tensor.pickle.Pickled.Text;
import dev.microtome.tensor.pickle.Pickled.Truth;
import dev.microtome.tensor.pickle.Pickled.Whole;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The form before PyTorch 1.6: five pickles (a magic number, a version, what machine wrote it, the
/// value, the keys of the storages), then each storage as its length and its numbers.
record LegacyContainer(
    Pickled system,
    Pickled root,
    Pickled keys,
    Map<String, StorageForm> storages,
    Map<String, MemorySegment> data)
    implements Container {
  static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
  static final long VERSION = 1001;
  private static final long LONGEST_PICKLES = 64L << 20;
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static LegacyContainer read(MemorySegment file, Fault fault) {
    long front = Math.min(file.byteSize(), LONGEST_PICKLES);
    var in = new PickleBytes(file.asSlice(0, front).asByteBuffer(), fault);
    if (!(plain(in) instanceof Whole(var magic)) || !magic.equals(MAGIC)) {
      throw fault.broken("this is a pickle, but not one of torch.save's checkpoints");
    }
    if (!(plain(in) instanceof Whole(var version))
        || version.bitLength() > 31
        || version.longValue() != VERSION) {
      throw in.fault().refused("the legacy form has an unknown version");
    }
    Pickled system = plain(in);
    if (!(system instanceof Mapping machine)
        || !(machine.get("little_endian") instanceof Truth little)
        || !little.value()) {
      throw in.fault().refused("the numbers are not in little-endian order");
    }
    var storages = new StorageTable((_, _) -> {});
    Pickled root = PickleMachine.run(in, id -> storages.add(id, in.fault()));
    Pickled keys = plain(in);
    var data = data(file, keys(keys, in.fault()), storages.forms(), fault.at(in.position()));
    return new LegacyContainer(system, root, keys, storages.forms(), data);
  }

  /// A pickle beside the value's own, which may not refer to storages.
  private static Pickled plain(PickleBytes in) {
    return PickleMachine.run(
        in,
        id -> {
          throw in.fault().refused("a storage is named where none may be");
        });
  }

  private static List<String> keys(Pickled keys, Fault fault) {
    if (!(keys instanceof Items list)) throw fault.broken("the storages' keys are no list");
    var names = new LinkedHashSet<String>();
    for (var key : list.items) {
      if (!(key instanceof Text text) || !names.add(text.value)) {
        throw fault.broken("the storages' keys are not texts, each once");
      }
    }
    return List.copyOf(names);
  }

  private static Map<String, MemorySegment> data(
      MemorySegment file, List<String> keys, Map<String, StorageForm> forms, Fault start) {
    var data = new LinkedHashMap<String, MemorySegment>();
    long at = start.offset();
    for (String key : keys) {
      StorageForm form = forms.get(key);
      Fault fault = start.at(at);
      if (form == null) throw fault.broken("storage %s belongs to nothing", Fault.quote(key));
      long room = file.byteSize() - at - Long.BYTES;
      if (room < 0 || file.get(LENGTH, at) != form.numel() || form.bytes() > room) {
        throw fault.broken("storage %s does not have its %d numbers here", key, form.numel());
      }
      at += Long.BYTES;
      data.put(key, file.asSlice(at, form.bytes()));
      at += form.bytes();
    }
    for (String key : forms.keySet()) {
      if (!data.containsKey(key)) throw start.at(at).broken("storage %s is missing", key);
    }
    if (at != file.byteSize()) {
      throw start.at(at).broken("%d bytes follow the last storage", file.byteSize() - at);
    }
    return data;
  }

  /// The storages as they lie in the file.
  List<StorageForm> order() {
    return data.keySet().stream().flatMap(key -> Stream.ofNullable(storages.get(key))).toList();
  }

  @Override
  public MemorySegment storage(String key) {
    var bytes = data.get(key);
    if (bytes == null) throw new IllegalArgumentException("no storage " + key);
    return bytes;
  }
}
