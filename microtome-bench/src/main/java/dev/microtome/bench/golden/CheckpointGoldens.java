package dev.microtome.bench.golden;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.TorchFile;
import dev.microtome.tensor.pickle.TorchFileException;
import dev.microtome.tensor.pickle.TupleValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Replays PyTorch checkpoints, good and bad. `pth_expect.json` beside them says what good ones
/// hold, `pth_bad.json` which must be refused and accepted; without it names tell (`bad_`,
/// `malicious_`). A good file is also written again: the same bytes when PyTorch's own writer made
/// it, else the same values.
final class CheckpointGoldens {
  private static final JsonMapper JSON = new JsonMapper();

  private CheckpointGoldens() {}

  /// One result for each `.pth` file of a folder.
  static List<FileResult> replay(Path root, Path folder) {
    JsonNode expected = json(folder.resolve("pth_expect.json"));
    JsonNode lists = json(folder.resolve("pth_bad.json"));
    Path marker = lists.path("marker").isString() ? Path.of(lists.path("marker").asString()) : null;
    var results = new ArrayList<FileResult>();
    try (Stream<Path> files = Files.list(folder)) {
      files
          .filter(file -> file.toString().endsWith(".pth"))
          .sorted()
          .forEach(file -> {
            var found = new Comparison("abs 0 + rel 0");
            String name = file.getFileName().toString();
            found.equal("outcome", mustRefuse(name, lists) ? "refused" : "accepted", outcome(file));
            if (!mustRefuse(name, lists)) {
              found.attempt("value", () -> check(file, expected.path(name), found));
              found.attempt("written again", () -> rewrite(file, found));
            }
            if (marker != null) found.equal("marker file", false, Files.exists(marker));
            results.add(found.result(root.relativize(file).toString()));
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
    return results;
  }

  private static JsonNode json(Path file) {
    return Files.exists(file) ? JSON.readTree(Golden.textOf(file)) : JSON.createObjectNode();
  }

  private static boolean mustRefuse(String name, JsonNode lists) {
    for (JsonNode refused : lists.path("must_refuse")) {
      if (refused.asString().equals(name)) return true;
    }
    for (JsonNode accepted : lists.path("must_accept")) {
      if (accepted.asString().equals(name)) return false;
    }
    return name.startsWith("bad_") || name.startsWith("malicious_");
  }

  /// Opens the file and asks for everything in it.
  static String outcome(Path file) {
    try (var opened = TorchFile.open(file)) {
      var _ = opened.value();
      return "accepted";
    } catch (TorchFileException e) {
      String message = String.valueOf(e.getMessage());
      String start = e.file() + ", byte " + e.offset() + ": ";
      return message.startsWith(start) ? "refused" : "refused without file, byte or reason";
    } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
      return "ended in " + e;
    }
  }

  private static void check(Path file, JsonNode expected, Comparison found) {
    try (var opened = TorchFile.open(file)) {
      if (!expected.isMissingNode()) compare("value", expected, opened.value(), found);
    }
  }

  private static void rewrite(Path file, Comparison found) {
    try (var opened = TorchFile.open(file)) {
      Path again = Files.createTempFile("again", ".pth");
      Path third = Files.createTempFile("third", ".pth");
      try {
        opened.rewrite(again);
        byte[] original = Files.readAllBytes(file);
        byte[] written = Files.readAllBytes(again);
        if (isPyTorchs(original)) {
          found.equal("the same bytes", true, Arrays.equals(original, written));
        } else {
          try (var reread = TorchFile.open(again)) {
            reread.rewrite(third);
          }
          found.equal("stable bytes", true, Arrays.equals(written, Files.readAllBytes(third)));
        }
      } finally {
        Files.deleteIfExists(again);
        Files.deleteIfExists(third);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// PyTorch's zip writer leaves the version at 0, which other tools do not; a legacy file has no
  /// zip header at all.
  private static boolean isPyTorchs(byte[] file) {
    boolean zip = file[0] == 'P' && file[1] == 'K';
    var head = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    return !zip || (head.getShort(4) == 0 && (head.getShort(6) & 0x0800) != 0);
  }

  private static void compare(String at, JsonNode wanted, @Nullable Object got, Comparison found) {
    if (wanted.path("t").asString().equals("NoneType") || got == null) {
      found.equal(at, "NoneType", got == null ? wanted.path("t").asString() : got);
    } else {
      compareValue(at, wanted, got, found);
    }
  }

  private static void compareValue(String at, JsonNode wanted, Object got, Comparison found) {
    JsonNode v = wanted.path("v");
    switch (wanted.path("t").asString()) {
      case "odict", "dict" -> entries(at, v, (Map<?, ?>) got, found);
      case "list" -> items(at, v, (List<?>) got, found);
      case "tuple" -> items(at, v, ((TupleValue) got).items(), found);
      case "int" -> found.equal(at, v.asString(), String.valueOf(got));
      case "float" -> found.equal(at, number(v), got);
      case "bool" -> found.equal(at, v.booleanValue(), got);
      case "str" -> found.equal(at, v.asString(), got);
      case "size" -> found.equal(at, new Shape(ModelCase.longs(v)), got);
      case "dtype" -> found.equal(at, DType.named(v.asString()), got);
      case "device" ->
          found.equal(
              at,
              v.asString(),
              got instanceof Device device ? device.toString() : String.valueOf(got));
      case "tensor" -> tensor(at, wanted, (Tensor) got, found);
      default -> throw new IllegalStateException(at + ": unknown kind " + wanted.path("t"));
    }
  }

  private static void entries(String at, JsonNode pairs, Map<?, ?> got, Comparison found) {
    found.equal(at + " entries", pairs.size(), got.size());
    Set<String> keys = new HashSet<>();
    for (JsonNode pair : pairs) {
      JsonNode name = pair.get(0);
      Object key = name.isIntegralNumber() ? (Object) name.longValue() : name.asString();
      keys.add(key.toString());
      found.equal(at + " has " + key, true, got.containsKey(key));
      compare(at + "." + key, pair.get(1), got.get(key), found);
    }
    found.equal(at + " keys", keys.size(), pairs.size());
  }

  private static void items(String at, JsonNode wanted, List<?> got, Comparison found) {
    found.equal(at + " length", wanted.size(), got.size());
    for (int i = 0; i < Math.min(wanted.size(), got.size()); i++) {
      compare(at + "[" + i + "]", wanted.get(i), got.get(i), found);
    }
  }

  private static void tensor(String at, JsonNode wanted, Tensor got, Comparison found) {
    DenseTensor tensor = got.dense();
    found.equal(at + " dtype", DType.named(wanted.path("dtype").asString()), tensor.dtype());
    found.equal(at + " shape", new Shape(ModelCase.longs(wanted.path("shape"))), tensor.shape());
    found.equal(
        at + " strides",
        Arrays.toString(ModelCase.longs(wanted.path("stride"))),
        Arrays.toString(tensor.strides()));
    found.equal(at + " offset", wanted.path("offset").longValue(), tensor.storageOffset());
    found.equal(
        at + " requires_grad", wanted.path("requires_grad").booleanValue(), got.requiresGrad());
    if (wanted.has("int")) quantized(at, wanted, got, found);
    else numbers(at, wanted.path("data"), got.detach(), found);
  }

  private static void numbers(String at, JsonNode data, Tensor got, Comparison found) {
    if (got.dtype().isFloatingPoint() || got.dtype().isComplex()) {
      Tensor real = got.dtype().isComplex() ? Ops.tensor("aten::view_as_real", got) : got;
      double[] values = real.to(DType.FLOAT64).reshape(-1).toDoubles();
      found.equal(at + " count", data.size(), values.length);
      boolean single = got.dtype() == DType.FLOAT32 || got.dtype() == DType.COMPLEX64;
      for (int i = 0; i < values.length; i++) {
        double one = number(data.get(i));
        found.equal(at + "[" + i + "]", single ? (double) (float) one : one, values[i]);
      }
    } else {
      long[] values = got.to(DType.INT64).reshape(-1).toLongs();
      found.equal(at + " count", data.size(), values.length);
      for (int i = 0; i < values.length; i++) {
        found.equal(at + "[" + i + "]", whole(data.get(i)), values[i]);
      }
    }
  }

  private static void quantized(String at, JsonNode wanted, Tensor got, Comparison found) {
    numbers(at, wanted.path("int"), Ops.tensor("aten::int_repr", got), found);
    JsonNode scale = wanted.path("scale");
    if (scale.isArray()) {
      numbers(at + " scales", scale, Ops.tensor("aten::q_per_channel_scales", got), found);
    } else {
      found.equal(
          at + " scale",
          number(scale),
          java.util.Objects.requireNonNull(Ops.call("aten::q_scale", got)));
    }
  }

  private static long whole(JsonNode node) {
    return node.isString() ? Long.parseLong(node.asString()) : (long) node.doubleValue();
  }

  private static double number(JsonNode node) {
    return node.isString() ? Double.parseDouble(node.asString()) : node.doubleValue();
  }
}
