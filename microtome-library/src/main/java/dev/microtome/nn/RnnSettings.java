package dev.microtome.nn;

/// How [Lstm] and [Gru] are built: layers on top of each other, biases, whether inputs are (batch,
/// length, width) rather than (length, batch, width), dropout between layers, reading in both
/// directions, and (LSTM only) the width outputs are projected to, 0 for none.
public record RnnSettings(
    int layers,
    boolean bias,
    boolean batchFirst,
    double dropout,
    boolean bidirectional,
    long projection) {
  /// One layer with biases.
  public static final RnnSettings DEFAULT = new RnnSettings(1, true, false, 0, false, 0);

  public RnnSettings {
    Check.positive("num_layers", layers);
    Check.probability("dropout", dropout);
    if (projection < 0) {
      throw new IllegalArgumentException("proj_size can't be negative, got " + projection);
    }
  }

  public RnnSettings withLayers(int count) {
    return new RnnSettings(count, bias, batchFirst, dropout, bidirectional, projection);
  }

  public RnnSettings withoutBias() {
    return new RnnSettings(layers, false, batchFirst, dropout, bidirectional, projection);
  }

  public RnnSettings withBatchFirst() {
    return new RnnSettings(layers, bias, true, dropout, bidirectional, projection);
  }

  public RnnSettings withDropout(double p) {
    return new RnnSettings(layers, bias, batchFirst, p, bidirectional, projection);
  }

  public RnnSettings withBidirectional() {
    return new RnnSettings(layers, bias, batchFirst, dropout, true, projection);
  }

  public RnnSettings withProjection(long width) {
    return new RnnSettings(layers, bias, batchFirst, dropout, bidirectional, width);
  }

  /// 2 for a layer that also reads backwards.
  public int directions() {
    return bidirectional ? 2 : 1;
  }

  /// What follows the sizes in PyTorch's description.
  public String describe() {
    return (projection == 0 ? "" : ", proj_size=" + projection)
        + (layers == 1 ? "" : ", num_layers=" + layers)
        + (bias ? "" : ", bias=False")
        + (batchFirst ? ", batch_first=True" : "")
        + (dropout == 0 ? "" : ", dropout=" + PythonFormat.of(dropout))
        + (bidirectional ? ", bidirectional=True" : "");
  }
}
