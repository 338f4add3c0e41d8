package dev.microtome.nn;

import dev.microtome.tensor.Shape;

/// How a convolution walks: step, zeros around, distance between the points of the kernel, groups
/// of channels that don't see each other, bias, and for transposed ones the extra size of the
/// output. A shape of one number holds for every dimension.
///
/// `new Conv2d(3, 8, 5, ConvSettings.DEFAULT.withStride(2).withPadding(2))`
public record ConvSettings(
    Shape stride, Shape padding, Shape dilation, long groups, boolean bias, Shape outputPadding) {
  /// Stride 1, no padding, dilation 1, one group, a bias.
  public static final ConvSettings DEFAULT =
      new ConvSettings(new Shape(1), new Shape(0), new Shape(1), 1, true, new Shape(0));

  public ConvSettings {
    for (long step : stride.dims()) {
      Check.positive("stride", step);
    }
    for (long distance : dilation.dims()) {
      Check.positive("dilation", distance);
    }
    Check.positive("groups", groups);
  }

  public ConvSettings withStride(long... steps) {
    return new ConvSettings(new Shape(steps), padding, dilation, groups, bias, outputPadding);
  }

  public ConvSettings withPadding(long... zeros) {
    return new ConvSettings(stride, new Shape(zeros), dilation, groups, bias, outputPadding);
  }

  public ConvSettings withDilation(long... distances) {
    return new ConvSettings(stride, padding, new Shape(distances), groups, bias, outputPadding);
  }

  public ConvSettings withGroups(long count) {
    return new ConvSettings(stride, padding, dilation, count, bias, outputPadding);
  }

  public ConvSettings withoutBias() {
    return new ConvSettings(stride, padding, dilation, groups, false, outputPadding);
  }

  public ConvSettings withOutputPadding(long... sizes) {
    return new ConvSettings(stride, padding, dilation, groups, bias, new Shape(sizes));
  }

  /// The same with one number for each of `rank` dimensions.
  ConvSettings spread(int rank) {
    return new ConvSettings(
        spread("stride", stride, rank),
        spread("padding", padding, rank),
        spread("dilation", dilation, rank),
        groups,
        bias,
        spread("output padding", outputPadding, rank));
  }

  static Shape spread(String what, Shape given, int rank) {
    if (given.rank() == rank) {
      return given;
    }
    if (given.rank() != 1) {
      throw new IllegalArgumentException(
          "%s needs 1 or %d numbers, got %s".formatted(what, rank, given));
    }
    long[] all = new long[rank];
    java.util.Arrays.fill(all, given.get(0));
    return new Shape(all);
  }
}
