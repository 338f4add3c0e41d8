package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.FileMapping;
import dev.microtome.tensor.file.SafetensorsException;
import dev.microtome.tensor.file.StoredTensors;
import dev.microtome.tensor.pickle.Pickled.Call;
import dev.microtome.tensor.pickle.Pickled.Entry;
import dev.microtome.tensor.pickle.Pickled.Mapping;
import dev.microtome.tensor.pickle.Pickled.Text;
import dev.microtome.tensor.pickle.Pickled.Whole;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One of `torch.save`'s files: a state dict, or any nesting of maps, lists, tuples, texts, numbers
/// and tensors; zip form or the legacy one.
///
/// ```java
/// try (var file = TorchFile.open(Path.of("model.pth"))) {
///   net.load(file.tensors());
/// }
/// TorchFile.write(Path.of("copy.pth"), Map.of("epoch", 3, "weight", w));
/// ```
///
/// Nothing in a file is ever run: see [PickleMachine]. Opening checks all of it, tensors against
/// their storages and those against the file; numbers are mapped when a tensor is asked for.
public final class TorchFile implements StoredTensors {
  private final Container container;
  private final Fault fault;
  private final Storages storages;
  private final ValueReader values;
  private final Map<String, Call> tensors = new LinkedHashMap<>();

  private TorchFile(Container container, Fault fault) {
    this.container = container;
    this.fault = fault;
    this.storages = new Storages(container, fault);
    this.values = new ValueReader(storages, fault);
    if (container.root() instanceof Mapping mapping) {
      for (Entry entry : mapping.entries.values()) {
        if (entry.key() instanceof Text key
            && entry.value() instanceof Call call
            && isTensor(call)) {
          tensors.put(key.value, call);
        }
      }
    }
  }

  private static boolean isTensor(Call call) {
    String function = call.function.full();
    return !function.equals(AllowedNames.SIZE) && !function.equals(AllowedNames.DEVICE);
  }

  /// Opens and checks a file.
  ///
  /// @throws TorchFileException when it is broken, wants to run code, or is something else
  public static TorchFile open(Path file) {
    var fault = new Fault(file, 0);
    MemorySegment bytes = map(file, fault);
    if (bytes.byteSize() == 0) throw fault.broken("the file is empty");
    if (ZipDirectory.isZip(bytes)) return new TorchFile(ZipContainer.read(bytes, fault), fault);
    if (bytes.get(ValueLayout.JAVA_BYTE, 0) != (byte) Opcode.PROTO) {
      throw fault.broken("this is neither a zip file nor a pickle, so no checkpoint of PyTorch's");
    }
    return new TorchFile(LegacyContainer.read(bytes, fault), fault);
  }

  /// Opens a file that must be a state dict: a dictionary of tensors and nothing else.
  ///
  /// @throws TorchFileException also when it holds something else
  public static TorchFile openStateDict(Path file) {
    TorchFile opened = open(file);
    opened.checkStateDict();
    return opened;
  }

  private static MemorySegment map(Path file, Fault fault) {
    try {
      return FileMapping.map(file);
    } catch (SafetensorsException e) {
      throw fault.at(e.offset()).broken("%s", String.valueOf(e.getMessage()));
    }
  }

  /// All of the file: dictionaries as `Map`, lists as `List`, tuples as [TupleValue], whole numbers
  /// as `Long` (or `BigInteger`), `torch.Size` as [Shape], `dtype`s as [DType], objects of
  /// libtorch's own classes as [ScriptValue].
  public @Nullable Object value() {
    return values.read(container.root());
  }

  /// The tensors of a state dict: of the outermost dictionary, those entries that are tensors.
  @Override
  public List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  @Override
  public Shape shape(String name) {
    return TensorForm.of(call(name), fault).shape();
  }

  @Override
  public DType dtype(String name) {
    return TensorForm.of(call(name), fault).dtype();
  }

  @Override
  public Tensor tensor(String name) {
    return (Tensor) Objects.requireNonNull(values.read(call(name)));
  }

  /// The outermost dictionary's tensors, all of which must be tensors.
  ///
  /// @throws TorchFileException when the file is more than a state dict; then use [#value]
  @Override
  public Map<String, Tensor> tensors() {
    checkStateDict();
    return StoredTensors.super.tensors();
  }

  private void checkStateDict() {
    if (!(container.root() instanceof Mapping mapping)
        || mapping.entries.size() != tensors.size()) {
      throw new TorchFileException(
          fault.file(),
          0,
          "the file holds more than a state dict: " + outline(),
          "read value() and take the part you want");
    }
  }

  private String outline() {
    if (!(container.root() instanceof Mapping mapping)) return "it is no dictionary";
    var others = new ArrayList<String>();
    for (Object key : mapping.entries.keySet()) {
      if (!(key instanceof String text) || !tensors.containsKey(text)) {
        others.add(Fault.quote(String.valueOf(key)));
      }
    }
    return "entries such as %s are no tensors"
        .formatted(String.join(", ", others.subList(0, Math.min(4, others.size()))));
  }

  private Call call(String name) {
    Call call = tensors.get(name);
    if (call == null) {
      throw fault.refused("there is no tensor called %s", Fault.quote(name));
    }
    return call;
  }

  /// The versions of the modules a state dict was taken from, by path; empty when it says none.
  public Map<String, Long> versions() {
    var versions = new LinkedHashMap<String, Long>();
    if (container.root() instanceof Mapping root
        && root.attributes != null
        && root.attributes.get("_metadata") instanceof Mapping modules) {
      modules.entries.forEach((path, entry) -> {
        if (entry.value() instanceof Mapping module
            && module.get("version") instanceof Whole(var version)) {
          versions.put(String.valueOf(path), version.longValue());
        }
      });
    }
    return versions;
  }

  /// Writes the same checkpoint again, from what was understood of it: byte for byte when it came
  /// from `torch.save`.
  public void rewrite(Path target) {
    ContainerWriter.rewrite(target, container);
  }

  /// Writes a value as `torch.save` would: see [#value] for what it may consist of.
  public static void write(Path file, @Nullable Object value) {
    var encoder = new Encoder();
    Pickled root = encoder.encode(value);
    ContainerWriter.write(file, root, encoder.storages());
  }

  /// Writes a state dict, an `OrderedDict` with the versions of the modules.
  public static void writeStateDict(Path file, Map<String, ?> state, Map<String, Long> versions) {
    var encoder = new Encoder();
    Pickled root = encoder.stateDict(state, versions);
    ContainerWriter.write(file, root, encoder.storages());
  }

  /// Numbers handed out stay valid.
  @Override
  public void close() {}

  @Override
  public String toString() {
    return "TorchFile(%s, %d tensors)".formatted(fault.file(), tensors.size());
  }
}
