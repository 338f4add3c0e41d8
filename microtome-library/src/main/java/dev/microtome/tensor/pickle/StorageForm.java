package dev.microtome.tensor.pickle;

import dev.microtome.tensor.pickle.Pickled.Name;
import dev.microtome.tensor.pickle.Pickled.Nothing;
import dev.microtome.tensor.pickle.Pickled.StorageId;
import dev.microtome.tensor.pickle.Pickled.Text;
import dev.microtome.tensor.pickle.Pickled.Whole;
import java.util.List;

/// What a storage's id says: `('storage', torch.FloatStorage, '0', 'cpu', 464)`.
///
/// @param type its class
/// @param key its record's name: digits
/// @param numel numbers in it, bytes in an untyped one
record StorageForm(StorageType type, String key, long numel) {
  private static final long MOST = 1L << 44;

  static StorageForm of(StorageId storage, Fault fault) {
    List<Pickled> id = storage.id.items;
    boolean legacy = id.size() == 6; // with a place for views of storages, long out of use
    if (legacy && id.get(5) != Nothing.NONE) {
      throw fault.refused("a storage is a view of another one, as PyTorch before 0.4 wrote them");
    }
    if (!(id.size() == 5 || legacy)
        || !(id.get(0) instanceof Text tag)
        || !tag.value.equals("storage")
        || !(id.get(1) instanceof Name name)
        || !(id.get(2) instanceof Text key)
        || !(id.get(3) instanceof Text)
        || !(id.get(4) instanceof Whole numel)) {
      throw fault.refused("what stands beside the pickle is no storage of numbers");
    }
    StorageType type = StorageType.of(name);
    if (type == null) throw fault.refused("%s is no storage", Fault.quote(name.full()));
    if (!key.value.matches("[0-9]{1,20}")) {
      throw fault.refused("a storage is called %s, which is no number", Fault.quote(key.value));
    }
    long count = CallRules.natural(numel, "a storage's length", fault);
    if (count > MOST) throw fault.refused("a storage has %d numbers", count);
    return new StorageForm(type, key.value, count);
  }

  long bytes() {
    return numel * type.dtype().bytes();
  }
}
