package dev.microtome.tensor.file;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The weights in a model's directory: one `model.safetensors`, or several shards with
/// `model.safetensors.index.json`. Looks for them in the order the Python libraries do.
///
/// ```java
/// try (var folder = SafetensorsFolder.open(Path.of("gpt2"))) {
///   Tensor embedding = folder.tensor("wte.weight");
/// }
/// ```
public final class SafetensorsFolder implements StoredTensors {
  private static final Logger LOG = LoggerFactory.getLogger(SafetensorsFolder.class);
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final List<String> PICKLES =
      List.of("pytorch_model.bin", "pytorch_model.bin.index.json");

  private final Path directory;
  private final List<Safetensors> shards;
  private final Map<String, Safetensors> places;
  private final List<String> extraTensors;

  private SafetensorsFolder(
      Path directory, List<Safetensors> shards, Map<String, Safetensors> places) {
    this.directory = directory;
    this.shards = shards;
    this.places = places;
    this.extraTensors =
        shards.stream()
            .flatMap(shard -> shard.names().stream().filter(name -> places.get(name) != shard))
            .toList();
    if (!extraTensors.isEmpty()) {
      LOG.warn("{}: the index leaves out {} tensors of its shards", directory, extraTensors.size());
    }
  }

  /// Opens every file the directory's weights lie in and checks that each tensor is where the index
  /// says.
  ///
  /// @throws SafetensorsException when there are no weights, or a file is not sound
  /// @throws PickleNotReadException when the weights are there as a pickle only
  public static SafetensorsFolder open(Path directory) {
    var single = directory.resolve(SINGLE);
    if (Files.exists(single)) {
      var file = Safetensors.open(single);
      var places = new LinkedHashMap<String, Safetensors>();
      for (var name : file.names()) places.put(name, file);
      return new SafetensorsFolder(directory, List.of(file), places);
    }
    var index = directory.resolve(INDEX);
    if (Files.exists(index)) return sharded(directory, index);
    for (var pickle : PICKLES) {
      var file = directory.resolve(pickle);
      if (Files.exists(file)) throw new PickleNotReadException(file);
    }
    throw new SafetensorsException(
        directory,
        0,
        null,
        Files.isDirectory(directory)
            ? "the directory has neither %s nor %s".formatted(SINGLE, INDEX)
            : "there is no such directory",
        "check the path");
  }

  private static SafetensorsFolder sharded(Path directory, Path index) {
    var shards = new LinkedHashMap<String, Safetensors>();
    var places = new LinkedHashMap<String, Safetensors>();
    ShardIndex.read(index)
        .forEach((tensor, name) -> {
          var shard = shards.computeIfAbsent(name, n -> Safetensors.open(directory.resolve(n)));
          if (!shard.contains(tensor)) {
            throw new SafetensorsException(
                shard.file(),
                Long.BYTES,
                tensor,
                "the index names this shard, but the tensor is not in it",
                "fetch the index and its shards again");
          }
          places.put(tensor, shard);
        });
    return new SafetensorsFolder(directory, new ArrayList<>(shards.values()), places);
  }

  /// The tensors' names: the file's order, or the index's.
  @Override
  public List<String> names() {
    return List.copyOf(places.keySet());
  }

  /// Whether there is a tensor of that name.
  public boolean contains(String name) {
    return places.containsKey(name);
  }

  /// Element type, shape and place of a tensor.
  ///
  /// @throws SafetensorsException when there is none of that name; the message suggests near ones
  public TensorInfo info(String name) {
    return place(name).info(name);
  }

  /// A tensor, as [Safetensors#tensor(String)] gives it.
  @Override
  public Tensor tensor(String name) {
    return place(name).tensor(name);
  }

  @Override
  public Shape shape(String name) {
    return info(name).shape();
  }

  @Override
  public @Nullable DType dtype(String name) {
    return info(name).type().dtype();
  }

  /// The files, in the order in which the index first names them.
  public List<Safetensors> shards() {
    return List.copyOf(shards);
  }

  /// Tensors that lie in a shard although the index does not place them there. They are not loaded.
  public List<String> extraTensors() {
    return extraTensors;
  }

  /// Drops the hold on every file; tensors handed out stay valid.
  @Override
  public void close() {
    shards.forEach(Safetensors::close);
  }

  private Safetensors place(String name) {
    var shard = places.get(name);
    if (shard != null) return shard;
    throw new SafetensorsException(
        directory, 0, name, "there is no such tensor", Names.near(name, places.keySet()));
  }
}
