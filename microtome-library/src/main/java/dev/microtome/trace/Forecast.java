package dev.microtome.trace;

/// What runs will take, told from shapes alone: nothing is computed for it. Bytes are an upper
/// bound where shapes are known: values are counted as if none were let go.
///
/// @param heldBytes of tensors beside the weights
/// @param workingBytes what the hungriest node holds beside its result while it works
/// @param resultBytes what is saved
/// @param flops floating-point operations, two for each multiplication with an addition
/// @param trace the run of the node that takes the most memory
/// @param node that node, or -1 when it is the network itself
/// @param nodeBytes what that node takes
public record Forecast(
    double heldBytes,
    double workingBytes,
    double resultBytes,
    double flops,
    int trace,
    int node,
    double nodeBytes) {
  static final Forecast NOTHING = new Forecast(0, 0, 0, 0, 0, -1, 0);

  /// The most bytes held at once.
  public double peakBytes() {
    return heldBytes + workingBytes;
  }

  /// This, with what the network itself takes.
  ///
  /// @param bytes of tensors that stay
  /// @param operations floating-point operations
  public Forecast with(double bytes, double operations) {
    return plus(new Forecast(bytes, 0, 0, operations, 0, -1, 0));
  }

  Forecast plus(Forecast next) {
    boolean heavier = next.nodeBytes > nodeBytes;
    return new Forecast(
        heldBytes + next.heldBytes,
        Math.max(workingBytes, next.workingBytes),
        resultBytes + next.resultBytes,
        flops + next.flops,
        heavier ? next.trace : trace,
        heavier ? next.node : node,
        Math.max(nodeBytes, next.nodeBytes));
  }
}
