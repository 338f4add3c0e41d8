package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.PickleNotReadException;
import dev.microtome.tensor.file.SafetensorsFolder;
import dev.microtome.tensor.file.ShardIndex;
import dev.microtome.tensor.file.StoredTensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The weights in a model's directory, whatever they are stored as. Looked for in this order, which
/// is the Python libraries': `model.safetensors`, its shards with their index, `pytorch_model.bin`,
/// its shards with their index.
public final class WeightsFolder implements StoredTensors {
  private static final String SINGLE = "pytorch_model.bin";
  private static final String INDEX = "pytorch_model.bin.index.json";

  private final Path directory;
  private final Map<String, TorchFile> places;

  private WeightsFolder(Path directory, Map<String, TorchFile> places) {
    this.directory = directory;
    this.places = places;
  }

  /// Opens and checks every file the weights lie in.
  ///
  /// @throws dev.microtome.tensor.file.SafetensorsException when there are no weights, or
  ///   safetensors or an index are not sound
  /// @throws TorchFileException when a pickle is not sound, or no state dict
  public static StoredTensors open(Path directory) {
    try {
      return SafetensorsFolder.open(directory);
    } catch (PickleNotReadException pickled) {
      return new WeightsFolder(directory, places(directory));
    }
  }

  private static Map<String, TorchFile> places(Path directory) {
    var places = new LinkedHashMap<String, TorchFile>();
    var single = directory.resolve(SINGLE);
    if (Files.exists(single)) {
      var file = TorchFile.openStateDict(single);
      for (String name : file.names()) places.put(name, file);
      return places;
    }
    var shards = new LinkedHashMap<String, TorchFile>();
    ShardIndex.read(directory.resolve(INDEX))
        .forEach((tensor, name) -> {
          var shard =
              shards.computeIfAbsent(name, n -> TorchFile.openStateDict(directory.resolve(n)));
          if (!shard.names().contains(tensor)) {
            throw new TorchFileException(
                directory.resolve(name),
                0,
                "the index names this shard for %s, which is not in it"
                    .formatted(Fault.quote(tensor)),
                "fetch the index and its shards again");
          }
          places.put(tensor, shard);
        });
    return places;
  }

  @Override
  public List<String> names() {
    return List.copyOf(places.keySet());
  }

  @Override
  public Shape shape(String name) {
    return place(name).shape(name);
  }

  @Override
  public DType dtype(String name) {
    return place(name).dtype(name);
  }

  @Override
  public Tensor tensor(String name) {
    return place(name).tensor(name);
  }

  @Override
  public void close() {
    places.values().forEach(TorchFile::close);
  }

  private TorchFile place(String name) {
    var file = places.get(name);
    if (file == null) {
      throw new TorchFileException(
          directory, 0, "there is no tensor called " + Fault.quote(name), "look at names()");
    }
    return file;
  }
}
