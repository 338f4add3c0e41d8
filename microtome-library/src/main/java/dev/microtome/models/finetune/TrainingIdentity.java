package dev.microtome.models.finetune;

import dev.microtome.adapt.Adapters;
import dev.microtome.lowbit.KernelLinear;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// What a checkpoint must have been made with for a training to go on from it: everything the
/// numbers follow from.
final class TrainingIdentity {
  private static final long PART = 1 << 28;

  private TrainingIdentity() {}

  static Map<String, String> of(
      Layer<?, ?> network, Examples data, FinetuneOptions options, int steps) {
    var all = new LinkedHashMap<String, String>();
    all.put("steps", Integer.toString(steps));
    all.put("batch", Integer.toString(options.batch()));
    all.put("accumulate", Integer.toString(options.accumulate()));
    all.put("rate", Double.toString(options.rate()));
    all.put("warmup", Double.toString(options.warmup()));
    all.put("decay", Double.toString(options.decay()));
    all.put("clip", Double.toString(options.clip()));
    all.put("seed", Long.toString(options.seed()));
    all.put("steps between evaluations", Integer.toString(options.evaluateEvery()));
    all.put("products", products(network));
    all.put("adapters", adapters(network));
    all.put("data", data.digest());
    all.put("frozen weights", frozen(network));
    return all;
  }

  private static String adapters(Layer<?, ?> network) {
    var settings = new LinkedHashSet<String>();
    Adapters.of(network)
        .layers()
        .values()
        .forEach(layer ->
            layer
                .active()
                .forEach(name -> settings.add(layer.adapter(name).settings().toString())));
    return String.join(", ", settings);
  }

  /// How weights of few bits are multiplied by.
  private static String products(Layer<?, ?> network) {
    var found = new TreeSet<String>();
    network
        .namedLayers()
        .values()
        .forEach(layer -> {
          if (layer instanceof KernelLinear fast) {
            found.add(fast.precision().name().toLowerCase(Locale.ROOT));
          }
        });
    return found.isEmpty() ? "plain" : String.join(", ", found);
  }

  private static String frozen(Layer<?, ?> network) {
    var digest = sha256();
    Set<String> trained = network.trainable().keySet();
    network
        .stateDict()
        .forEach((path, tensor) -> {
          if (!trained.contains(path)) {
            digest.update(
                (path + tensor.dtype() + tensor.shape()).getBytes(StandardCharsets.UTF_8));
            update(digest, tensor);
          }
        });
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void update(MessageDigest digest, Tensor tensor) {
    DenseTensor whole = Grad.off(() -> tensor.detach().contiguous()).dense();
    MemorySegment bytes = whole.segment();
    try {
      for (long at = 0; at < bytes.byteSize(); at += PART) {
        digest.update(bytes.asSlice(at, Math.min(PART, bytes.byteSize() - at)).asByteBuffer());
      }
    } finally {
      Reference.reachabilityFence(whole);
    }
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
