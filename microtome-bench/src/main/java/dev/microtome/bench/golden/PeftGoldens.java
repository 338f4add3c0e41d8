package dev.microtome.bench.golden;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.Lora;
import dev.microtome.adapt.LowRank;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearLike;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// An adapter folder PEFT wrote: read, applied, merged, and written again.
final class PeftGoldens {
  private static final double TOLERANCE = 1e-5;

  private PeftGoldens() {}

  static void check(Path file, JsonNode one, String what, Comparison found) {
    Path folder = file.toAbsolutePath().resolveSibling("peft_adapter");
    PeftAdapter adapter = PeftAdapter.read(folder);
    Lora settings = adapter.config().settings();
    found.near(what + "scaling", one.path("scaling").doubleValue(), settings.scaling(), 1e-12);
    found.equal(what + "use_dora", one.path("use_dora").booleanValue(), settings.dora());
    found.equal(what + "use_rslora", one.path("use_rslora").booleanValue(), settings.rsLora());
    var network = network(one.path("layers"));
    Adapters adapters = adapter.applyTo(network, "golden");
    network.eval(); // no dropout
    for (JsonNode layer : one.path("layers")) {
      String path = layer.path("module").asString();
      layer(one, layer, Objects.requireNonNull(adapters.layers().get(path)), path, what, found);
      LowRank part = Objects.requireNonNull(adapters.parts("golden").get(path));
      matrices(layer, part, what + path, found);
    }
    written(adapters, folder, one, what, found);
  }

  /// A network with these modules and nothing else; it is never run as a whole.
  private static Layer<Tensor, Tensor> network(JsonNode layers) {
    var tree = new LinkedHashMap<String, Layer<Tensor, Tensor>>();
    for (JsonNode layer : layers) {
      Linear linear = Linear.of(JsonTensors.tensor(layer.path("base_weight")), null);
      tree.put(layer.path("module").asString(), linear);
    }
    return branch("", tree);
  }

  private static Layer<Tensor, Tensor> branch(
      String path, Map<String, Layer<Tensor, Tensor>> leaves) {
    var names = new TreeSet<String>();
    leaves.keySet().stream()
        .filter(leaf -> leaf.startsWith(path))
        .forEach(leaf -> {
          int dot = leaf.indexOf('.', path.length());
          names.add(leaf.substring(path.length(), dot < 0 ? leaf.length() : dot));
        });
    var here = Sequential.named();
    for (String name : names) {
      Layer<Tensor, Tensor> leaf = leaves.get(path + name);
      here.add(name, leaf == null ? branch(path + name + ".", leaves) : leaf);
    }
    return here.build();
  }

  private static void layer(
      JsonNode one, JsonNode golden, LinearLike layer, String path, String what, Comparison found) {
    Tensor x = JsonTensors.tensor(one.path("x"));
    Tensor y = Grad.off(() -> layer.apply(x));
    found.scaled(what + path + " y", JsonTensors.tensor(golden.path("y_f64")), y, TOLERANCE);
    Tensor weight = JsonTensors.tensor(golden.path("W_merged_f64"));
    found.scaled(what + path + " W_merged", weight, layer.weight(), TOLERANCE);
  }

  private static void matrices(JsonNode golden, LowRank part, String what, Comparison found) {
    found.same(what + " A", JsonTensors.tensor(golden.path("A")), part.matrixA().detach());
    found.same(what + " B", JsonTensors.tensor(golden.path("B")), part.matrixB().detach());
    if (golden.has("magnitude")) {
      Tensor magnitude = part.magnitude().detach();
      found.same(what + " magnitude", JsonTensors.tensor(golden.path("magnitude")), magnitude);
    }
  }

  /// The written folder holds the same tensors under the same names, and is read alike.
  private static void written(
      Adapters adapters, Path golden, JsonNode one, String what, Comparison found) {
    Path folder = temporary();
    try {
      PeftAdapter.of(adapters, "golden", "toy").write(folder);
      compareFiles(
          golden.resolve("adapter_model.safetensors"),
          folder.resolve("adapter_model.safetensors"),
          one,
          what,
          found);
      Lora first = PeftAdapter.read(golden).config().settings();
      found.equal(what + "settings again", first, PeftAdapter.read(folder).config().settings());
    } finally {
      delete(folder);
    }
  }

  private static void compareFiles(
      Path expected, Path actual, JsonNode one, String what, Comparison found) {
    var names = new TreeSet<String>();
    one.path("tensor_names").forEach(name -> names.add(name.asString()));
    try (var wanted = Safetensors.open(expected);
        var own = Safetensors.open(actual)) {
      found.equal(what + "tensor_names", names, new TreeSet<>(own.names()));
      for (String name : wanted.names()) {
        if (own.contains(name)) {
          found.same(what + "written " + name, wanted.tensor(name), own.tensor(name));
        }
      }
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("microtome-adapter");
    } catch (IOException e) {
      throw new UncheckedIOException("no temporary folder", e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path each : files.toList()) {
        Files.delete(each);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("can't delete " + folder, e);
    }
  }
}
