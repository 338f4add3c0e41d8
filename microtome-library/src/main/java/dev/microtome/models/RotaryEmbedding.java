package dev.microtome.models;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// Rotary position embedding (Su et al. 2021): a head's coordinates form pairs, pair `i` of `n`
/// turns by `position · base^(-i/n)`. A query and a key turned so have a product that depends on
/// their distance only. From positions (batch or 1, tokens) to the turns; float32 whatever the
/// weights are, since half precision can't tell late positions apart.
public final class RotaryEmbedding extends Layer<Tensor, Rotation> {
  private final String name;
  private final int headWidth;
  private final double base;
  private final RopeScaling scaling;
  private final float[] frequencies; // fixed numbers, not a buffer: no file has or needs them

  static RotaryEmbedding of(LlamaConfig config) {
    return new RotaryEmbedding(
        config.family().prefix() + "RotaryEmbedding",
        config.headWidth(),
        config.base(),
        config.scaling());
  }

  RotaryEmbedding(String name, int headWidth, double base, RopeScaling scaling) {
    this.name = name;
    this.headWidth = headWidth;
    this.base = base;
    this.scaling = scaling;
    frequencies = frequencies(headWidth, base, scaling);
  }

  @Override
  protected Rotation forward(Tensor positions) {
    Tensor at = positions.to(DType.FLOAT32).unsqueeze(-1); // (B, T, 1)
    Tensor angles =
        scaling instanceof RopeScaling.Dynamic dynamic
            ? at.mul(growing(at, dynamic))
            : at.mul(Tensor.of(frequencies)); // (B, T, D/2)
    Tensor both = Tensor.cat(List.of(angles, angles), -1); // (B, T, D)
    double times = scaling instanceof RopeScaling.Yarn yarn ? yarn.attention() : 1;
    return times == 1
        ? new Rotation(both.cos(), both.sin())
        : new Rotation(both.cos().mul(times), both.sin().mul(times));
  }

  /// Frequencies of each row for its longest position, (B, 1, D/2). With n tokens seen, o of
  /// training and d coordinates the base is multiplied by (factor · n/o - factor + 1)^(d / (d-2)),
  /// which divides the slowest frequency by the bracket and leaves the fastest as it is.
  private Tensor growing(Tensor at, RopeScaling.Dynamic dynamic) {
    Tensor seen = at.amax(1, true).add(1).clampMin(dynamic.original()); // (B, 1, 1)
    Tensor stretch = seen.mul(dynamic.factor() / dynamic.original()).sub(dynamic.factor() - 1);
    Tensor grown = stretch.pow(headWidth / (headWidth - 2.0)).mul(base);
    return grown.pow(Tensor.of(exponents(headWidth)).neg());
  }

  /// i/n for each pair i of n.
  private static float[] exponents(int headWidth) {
    var exponents = new float[headWidth / 2];
    for (int pair = 0; pair < exponents.length; pair++) {
      exponents[pair] = 2f * pair / headWidth;
    }
    return exponents;
  }

  private static float[] frequencies(int headWidth, double base, RopeScaling scaling) {
    float[] frequencies = exponents(headWidth);
    for (int pair = 0; pair < frequencies.length; pair++) {
      float plain = 1f / (float) Math.pow((float) base, frequencies[pair]);
      frequencies[pair] =
          switch (scaling) {
            case RopeScaling.None _, RopeScaling.Dynamic _ -> plain;
            case RopeScaling.Linear(double factor) -> (float) (plain / factor);
            case RopeScaling.Llama3 llama3 -> byWavelength(plain, llama3);
            case RopeScaling.Yarn yarn ->
                blend(plain, yarn.factor(), slowness(pair, headWidth, base, yarn));
          };
    }
    return frequencies;
  }

  /// `slowness` 0 keeps the frequency, 1 divides it.
  private static float blend(double plain, double factor, double slowness) {
    return (float) (plain / factor * slowness + plain * (1 - slowness));
  }

  private static float byWavelength(float plain, RopeScaling.Llama3 scaling) {
    double turns = scaling.original() * plain / (2 * Math.PI); // within the text of training
    double fastness = (turns - scaling.lowFactor()) / (scaling.highFactor() - scaling.lowFactor());
    return blend(plain, scaling.factor(), 1 - Math.clamp(fastness, 0, 1));
  }

  /// How far a pair stands between the last that turns `betaFast` times within the text of training
  /// and the first that turns `betaSlow` times.
  private static double slowness(int pair, int headWidth, double base, RopeScaling.Yarn yarn) {
    double first = pairTurning(yarn.betaFast(), headWidth, base, yarn.original());
    double last = pairTurning(yarn.betaSlow(), headWidth, base, yarn.original());
    if (yarn.truncate()) {
      first = Math.floor(first);
      last = Math.ceil(last);
    }
    first = Math.max(first, 0);
    last = Math.min(last, headWidth - 1);
    double width = first == last ? 0.001 : last - first;
    return Math.clamp((pair - first) / width, 0, 1);
  }

  /// The pair, as a fraction, that turns `turns` times: original · base^(-2i/d) = 2π · turns,
  /// solved for i.
  private static double pairTurning(double turns, int headWidth, double base, int original) {
    return headWidth * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(base));
  }

  @Override
  protected RotaryEmbedding twin() {
    return new RotaryEmbedding(name, headWidth, base, scaling);
  }

  @Override
  protected String name() {
    return name;
  }
}
