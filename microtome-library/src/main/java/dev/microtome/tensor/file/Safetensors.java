package dev.microtome.tensor.file;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One safetensors file, mapped into memory. Opening checks the whole header and touches none of
/// the data; tensors are views of the mapping, so a model costs memory only where it is read.
///
/// ```java
/// try (var file = Safetensors.open(Path.of("model.safetensors"))) {
///   Tensor weight = file.tensor("h.0.mlp.c_fc.weight");
/// }
/// ```
///
/// Tensors outlive the reader: each holds the mapping, and closing only drops the reader's own
/// hold. Writing into a tensor in place changes that memory alone, never the file. Another program
/// that cuts the file short while it is mapped can end the process; replacing it by rename, as the
/// writer here does, is safe.
public final class Safetensors implements StoredTensors {
  private final Path file;
  private final MemorySegment mapping;
  private final Header header;
  private final Map<String, TensorInfo> infos = new LinkedHashMap<>();
  private volatile boolean closed;

  private Safetensors(Path file, MemorySegment mapping) {
    this.file = file;
    this.mapping = mapping;
    this.header = HeaderReader.read(file, mapping);
    for (var info : header.tensors()) infos.put(info.name(), info);
  }

  /// Maps `file` and checks its header.
  ///
  /// @throws SafetensorsException when the file is missing or not sound
  public static Safetensors open(Path file) {
    return new Safetensors(file, FileMapping.map(file));
  }

  /// Reads a file's bytes that are in memory, here called `name`; they are copied.
  ///
  /// @throws SafetensorsException when they are not sound
  public static Safetensors of(String name, byte[] bytes) {
    MemorySegment copy = Arena.ofAuto().allocate(Math.max(1, bytes.length), 64);
    MemorySegment.copy(bytes, 0, copy, ValueLayout.JAVA_BYTE, 0, bytes.length);
    return new Safetensors(Path.of(name), copy.asSlice(0, bytes.length));
  }

  /// The file this reads.
  public Path file() {
    return file;
  }

  /// The tensors' names in the order of their data.
  @Override
  public List<String> names() {
    return List.copyOf(infos.keySet());
  }

  /// The free-form strings of `__metadata__`, often `format` = `pt`; empty when there are none.
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /// Whether the file has a tensor of that name.
  public boolean contains(String name) {
    return infos.containsKey(name);
  }

  /// Element type, shape and place of a tensor.
  ///
  /// @throws SafetensorsException when there is none of that name; the message suggests near ones
  public TensorInfo info(String name) {
    var info = infos.get(name);
    if (info != null) return info;
    throw new SafetensorsException(
        file, Long.BYTES, name, "there is no such tensor", Names.near(name, infos.keySet()));
  }

  /// A tensor's bytes as they lie in the file (little endian, row by row), read-only, whatever its
  /// type.
  public MemorySegment bytes(String name) {
    return slice(info(name)).asReadOnly();
  }

  /// A tensor over the file's own memory where its address allows, else over a copy. A byte of a
  /// BOOL tensor that is neither 0 nor 1 counts as true.
  ///
  /// @throws SafetensorsException when there is none of that name, or no tensor can hold its type
  @Override
  public Tensor tensor(String name) {
    var info = info(name);
    return StoredTensor.of(file, header.dataStart(), info, slice(info));
  }

  @Override
  public Shape shape(String name) {
    return info(name).shape();
  }

  @Override
  public @Nullable DType dtype(String name) {
    return info(name).type().dtype();
  }

  /// Writes `tensors` to `file` so that the same tensors and metadata always give the same bytes:
  /// widest type first, then by name. Non-contiguous tensors are made contiguous; two names over
  /// one storage are written twice. The file is replaced in one step once everything is on disk, so
  /// a failure leaves the old one, and tensors that map the old one keep it.
  ///
  /// @throws SafetensorsException for a name no reader would take, or a tensor without a stored
  ///   form
  public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    var items = new ArrayList<SafetensorsWriter.Item>();
    tensors.forEach((name, tensor) -> items.add(StoredTensor.item(file, name, tensor)));
    SafetensorsWriter.write(file, items, metadata);
  }

  /// Writes the same bytes to `out`; messages call it `name`.
  public static void write(
      WritableByteChannel out,
      String name,
      Map<String, Tensor> tensors,
      Map<String, String> metadata)
      throws IOException {
    Path file = Path.of(name);
    var items = new ArrayList<SafetensorsWriter.Item>();
    tensors.forEach((key, tensor) -> items.add(StoredTensor.item(file, key, tensor)));
    SafetensorsWriter.write(out, file, items, metadata);
  }

  /// The bytes [#write] would put into a file, here called `name`.
  public static byte[] bytes(
      String name, Map<String, Tensor> tensors, Map<String, String> metadata) {
    var bytes = new ByteArrayOutputStream();
    try {
      write(Channels.newChannel(bytes), name, tensors, metadata);
    } catch (IOException e) {
      throw new UncheckedIOException("writing into memory", e);
    }
    return bytes.toByteArray();
  }

  /// Drops the reader's hold on the mapping; tensors and segments handed out stay valid.
  @Override
  public void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return "Safetensors(%s, %d tensors)".formatted(file, infos.size());
  }

  private MemorySegment slice(TensorInfo info) {
    if (closed) throw new IllegalStateException(file + " was closed; open it again");
    return mapping.asSlice(header.dataStart() + info.begin(), info.bytes());
  }
}
