package dev.microtome.models;

import dev.microtome.tensor.Tensor;
import java.util.List;

/// By how much to turn queries and keys at each position, both (batch or 1, tokens, head width) in
/// float32: coordinate `i` and the one half a head further on are a pair, turned by one angle.
public record Rotation(Tensor cos, Tensor sin) {
  /// Turns `x`, (batch, heads, tokens, head width).
  Tensor turn(Tensor x) {
    long half = x.size(-1) / 2;
    Tensor aside = Tensor.cat(List.of(x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half)), -1);
    Tensor along = x.mul(cos.to(x.dtype()).unsqueeze(1));
    return along.add(aside.mul(sin.to(x.dtype()).unsqueeze(1)));
  }
}
