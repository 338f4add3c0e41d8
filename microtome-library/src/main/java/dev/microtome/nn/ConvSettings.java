package dev.microtome.nn;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;

/// How a convolution walks: step, zeros around, distance between the points of the kernel, groups
/// of channels that don't see each other, bias, for transposed ones the extra size of the output,
/// and whether so many zeros are put around that the output is as large as the input, over the
/// step. A shape of one number holds for every dimension.
///
/// `new Conv2d(3, 8, 5, ConvSettings.DEFAULT.withStride(2).withPadding(2))`
public record ConvSettings(
    Shape stride,
    Shape padding,
    Shape dilation,
    long groups,
    boolean bias,
    Shape outputPadding,
    boolean samePadding) {
  /// Stride 1, no padding, dilation 1, one group, a bias.
  public static final ConvSettings DEFAULT =
      new ConvSettings(new Shape(1), new Shape(0), new Shape(1), 1, true, new Shape(0));

  /// A tensor with zeros around it, and how many a convolution still has to put there.
  public record Padded(Tensor x, Shape padding) {}

  public ConvSettings {
    for (long step : stride.dims()) {
      Check.positive("stride", step);
    }
    for (long distance : dilation.dims()) {
      Check.positive("dilation", distance);
    }
    Check.positive("groups", groups);
  }

  public ConvSettings(
      Shape stride, Shape padding, Shape dilation, long groups, boolean bias, Shape outputPadding) {
    this(stride, padding, dilation, groups, bias, outputPadding, false);
  }

  public ConvSettings withStride(long... steps) {
    return new ConvSettings(
        new Shape(steps), padding, dilation, groups, bias, outputPadding, samePadding);
  }

  public ConvSettings withPadding(long... zeros) {
    return new ConvSettings(stride, new Shape(zeros), dilation, groups, bias, outputPadding);
  }

  /// PyTorch's `padding='same'`: an odd number of zeros has the larger half behind.
  public ConvSettings withSamePadding() {
    return new ConvSettings(stride, new Shape(0), dilation, groups, bias, outputPadding, true);
  }

  public ConvSettings withDilation(long... distances) {
    return new ConvSettings(
        stride, padding, new Shape(distances), groups, bias, outputPadding, samePadding);
  }

  public ConvSettings withGroups(long count) {
    return new ConvSettings(stride, padding, dilation, count, bias, outputPadding, samePadding);
  }

  public ConvSettings withBias() {
    return new ConvSettings(stride, padding, dilation, groups, true, outputPadding, samePadding);
  }

  public ConvSettings withoutBias() {
    return new ConvSettings(stride, padding, dilation, groups, false, outputPadding, samePadding);
  }

  public ConvSettings withOutputPadding(long... sizes) {
    return new ConvSettings(stride, padding, dilation, groups, bias, new Shape(sizes), samePadding);
  }

  /// The zeros before each dimension and then those behind each, for an input whose last dimensions
  /// are these. Of one that is walked in steps of 1 the sizes do not matter.
  public long[] pads(Shape kernel, Shape input) {
    int rank = kernel.rank();
    ConvSettings all = spread(rank);
    long[] pads = new long[2 * rank];
    for (int i = 0; i < rank; i++) {
      pads[i] = all.padding.get(i);
      pads[rank + i] = pads[i];
      if (samePadding) {
        long zeros = all.zeros(i, kernel.get(i), input.get(input.rank() - rank + i));
        pads[i] = zeros / 2;
        pads[rank + i] = zeros - zeros / 2;
      }
    }
    return pads;
  }

  private long zeros(int dim, long kernel, long size) {
    long step = stride.get(dim);
    long reach = (Math.ceilDiv(size, step) - 1) * step + dilation.get(dim) * (kernel - 1) + 1;
    return Math.max(reach - size, 0);
  }

  /// Puts the zeros around `x` that a convolution can't: those that are more behind than before.
  public Padded padded(Tensor x, Shape kernel) {
    int rank = kernel.rank();
    long[] pads = pads(kernel, x.shape());
    long[] before = Arrays.copyOf(pads, rank);
    if (Arrays.equals(before, Arrays.copyOfRange(pads, rank, 2 * rank))) {
      return new Padded(x, new Shape(before));
    }
    long[] fromLast = new long[2 * rank];
    for (int i = 0; i < rank; i++) {
      fromLast[2 * i] = pads[rank - 1 - i];
      fromLast[2 * i + 1] = pads[2 * rank - 1 - i];
    }
    return new Padded(x.pad(fromLast), new Shape(new long[rank]));
  }

  /// The same with one number for each of `rank` dimensions.
  public ConvSettings spread(int rank) {
    return new ConvSettings(
        spread("stride", stride, rank),
        spread("padding", padding, rank),
        spread("dilation", dilation, rank),
        groups,
        bias,
        spread("output padding", outputPadding, rank),
        samePadding);
  }

  /// A shape of one number for each of `rank` dimensions; `what` is its name in errors.
  public static Shape spread(String what, Shape given, int rank) {
    if (given.rank() == rank) {
      return given;
    }
    if (given.rank() != 1) {
      throw new IllegalArgumentException(
          "%s needs 1 or %d numbers, got %s".formatted(what, rank, given));
    }
    long[] all = new long[rank];
    Arrays.fill(all, given.get(0));
    return new Shape(all);
  }
}
