package dev.microtome.server.worker;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.Layer;
import dev.microtome.server.job.Sha256;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.security.MessageDigest;
import java.util.List;

/// Tells whether a model is still what it was.
final class Canary {
  private static final int TOKENS = 6;
  private static final long STEP = 7_919;

  private Canary() {}

  /// A hash of what a fixed input gives, of all bits.
  static String of(LanguageModel<?> model) {
    long[] ids = new long[Math.min(TOKENS, model.network().context())];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (i + 1) * STEP % model.network().vocabulary();
    }
    return Grad.off(() ->
        Scope.run(() -> {
          var input = new CausalNetwork.Input(Tensor.of(new long[][] {ids}));
          MessageDigest sha = Sha256.begin();
          update(sha, model.run(input).logits());
          return Sha256.end(sha);
        }));
  }

  /// A hash of all parameters and buffers.
  static String ofWeights(Layer<?, ?> network) {
    MessageDigest sha = Sha256.begin();
    Grad.off(() -> {
      network.parameters().forEach(tensor -> updateAlone(sha, tensor));
      network.namedBuffers().values().forEach(tensor -> updateAlone(sha, tensor));
      return null;
    });
    return Sha256.end(sha);
  }

  // Even a view is held against the memory a worker may take.
  private static void updateAlone(MessageDigest sha, Tensor tensor) {
    Scope.run(() -> {
      update(sha, tensor);
      return List.of();
    });
  }

  private static void update(MessageDigest sha, Tensor tensor) {
    if (tensor.numel() > 0) {
      var bytes = tensor.detach().contiguous().dense().segment();
      long chunk = 1 << 24;
      for (long at = 0; at < bytes.byteSize(); at += chunk) {
        sha.update(
            bytes
                .asSlice(at, Math.min(chunk, bytes.byteSize() - at))
                .toArray(ValueLayout.JAVA_BYTE));
      }
    }
  }
}
