package dev.microtome.dynamic.calibrated;

import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.Map;

/// A convolution that gives what it and the batch norm after it gave in evaluation: `w · γ / √(var
/// + ε)` and `(b - mean) · γ / √(var + ε) + β`.
final class FoldedNorm {
  private FoldedNorm() {}

  static Conv2d of(String path, Conv2d conv, BatchNorm2d norm) {
    if (norm.tensor("weight").numel() != conv.outChannels()) {
      throw new IllegalArgumentException(
          "layer '%s' gives %d channels, the batch norm after it takes %d"
              .formatted(path, conv.outChannels(), norm.tensor("weight").numel()));
    }
    return Grad.off(() -> {
      Tensor factor = norm.tensor("weight").div(norm.tensor("running_var").add(norm.eps()).sqrt());
      Tensor offset = norm.tensor("bias").sub(norm.tensor("running_mean").mul(factor));
      Tensor bias = conv.bias();
      ConvSettings settings = conv.settings().withBias();
      var folded = new Conv2d(conv.inChannels(), conv.outChannels(), conv.kernel(), settings);
      folded.load(
          Map.of(
              "weight",
              conv.weight().mul(factor.view(-1, 1, 1, 1)),
              "bias",
              bias == null ? offset : bias.mul(factor).add(offset)));
      folded.eval();
      return folded;
    });
  }
}
