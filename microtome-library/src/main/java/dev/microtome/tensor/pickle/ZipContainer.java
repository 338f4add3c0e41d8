package dev.microtome.tensor.pickle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The zip form, `torch.save`'s own since 1.6: `NAME/data.pkl`, a record `NAME/data/KEY` for each
/// storage, `NAME/version`, and in later versions `NAME/byteorder` and others.
record ZipContainer(
    MemorySegment file,
    Fault fault,
    String prefix,
    Map<String, ZipRecord> records,
    Pickled root,
    Map<String, StorageForm> storages)
    implements Container {
  static final String PICKLE = "data.pkl";
  static final String DATA = "data/";
  private static final long LONGEST_PICKLE = 64L << 20;

  static ZipContainer read(MemorySegment file, Fault fault) {
    List<ZipRecord> all = ZipDirectory.read(file, fault);
    String prefix = prefix(all, fault);
    var records = new LinkedHashMap<String, ZipRecord>();
    for (var record : all) records.put(record.name().substring(prefix.length() + 1), record);
    checkKind(records, file, fault);
    var pickle = records.get(PICKLE);
    if (pickle == null) {
      throw fault.broken("there is no %s/%s: this zip file is no checkpoint", prefix, PICKLE);
    }
    if (pickle.size() > LONGEST_PICKLE) {
      throw fault.refused("a pickle of %d bytes is out of reason", pickle.size());
    }
    var storages = new StorageTable((form, at) -> place(form, records, at));
    var bytes = Inflated.checked(file, pickle, fault).asByteBuffer();
    var in = new PickleBytes(bytes, fault.at(pickle.begin()));
    Pickled root = PickleMachine.run(in, id -> storages.add(id, in.fault()));
    return new ZipContainer(file, fault, prefix, records, root, storages.forms());
  }

  private static String prefix(List<ZipRecord> records, Fault fault) {
    String prefix = null;
    for (var record : records) {
      int slash = record.name().indexOf('/');
      String folder = slash < 0 ? "" : record.name().substring(0, slash);
      if (slash < 0 || (prefix != null && !prefix.equals(folder))) {
        throw fault.broken(
            "record %s does not lie in the checkpoint's folder", Fault.quote(record.name()));
      }
      prefix = folder;
    }
    if (prefix == null) throw fault.broken("the zip file is empty");
    return prefix;
  }

  private static void checkKind(Map<String, ZipRecord> records, MemorySegment file, Fault fault) {
    if (records.containsKey("constants.pkl")) {
      throw fault.refused("this is a TorchScript program, not a checkpoint");
    }
    var order = records.get("byteorder");
    if (order == null) return;
    String said = order.size() > 16 ? "?" : text(Inflated.checked(file, order, fault));
    if (!said.equals("little")) {
      throw fault
          .at(order.begin())
          .refused("the numbers are in %s-endian order", Fault.quote(said));
    }
  }

  private static String text(MemorySegment bytes) {
    return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
  }

  private static void place(StorageForm form, Map<String, ZipRecord> records, Fault fault) {
    var record = records.get(DATA + form.key());
    if (record == null) throw fault.broken("there is no record %s%s", DATA, form.key());
    if (form.bytes() > record.size()) {
      throw fault.broken(
          "storage %s should have %d bytes, its record has %d",
          form.key(), form.bytes(), record.size());
    }
  }

  @Override
  public MemorySegment storage(String key) {
    return record(DATA + key);
  }

  /// The bytes of any record.
  MemorySegment record(String name) {
    var record = records.get(name);
    if (record == null) throw fault.broken("there is no record %s", Fault.quote(name));
    return Inflated.bytes(file, record, fault);
  }
}
