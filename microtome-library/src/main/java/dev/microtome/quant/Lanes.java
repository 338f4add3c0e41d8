package dev.microtome.quant;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;

/// How a tensor falls into the parts that have a scale each: all of it, its slices along one
/// dimension, or groups of neighbours.
///
/// @param shape that of the scale: () or one number for each part, broadcasting to the tensor. For
///   groups the tensor is first seen as [#grouped]
/// @param channelDim the dimension channels lie along, also when they share a scale
/// @param group neighbours along dimension 1 in one group; 0 for no groups
record Lanes(Shape shape, int channelDim, long group) {
  /// One scale.
  static Lanes one(int channelDim) {
    return new Lanes(new Shape(), channelDim, 0);
  }

  /// A scale for each channel.
  static Lanes channels(Shape shape, int channelDim) {
    return new Lanes(shape, channelDim, 0);
  }

  /// The parts of an activation.
  static Lanes ofActivation(Granularity granularity) {
    return switch (granularity) {
      case Granularity.PerTensor _ -> one(1);
      case Granularity.PerChannel each -> channels(each.shape(), each.dim());
      case Granularity.PerOutputChannel _ ->
          throw new IllegalArgumentException(
              "how many channels an activation has is not known beforehand: name the shape of its"
                  + " scales, perChannel(1, 3, 1, 1)");
      case Granularity.PerGroup _ ->
          throw new IllegalArgumentException(
              "activations have a scale per tensor or per channel; groups are for weights");
    };
  }

  /// The parts of a weight of this shape whose output channels lie along `outputDim`.
  static Lanes ofWeight(Granularity granularity, Shape weight, int outputDim) {
    return switch (granularity) {
      case Granularity.PerTensor _ -> one(outputDim);
      case Granularity.PerOutputChannel _ ->
          channels(Broadcast.channels(weight.get(outputDim), outputDim, weight.rank()), outputDim);
      case Granularity.PerChannel each -> channels(each.shape(), each.dim());
      case Granularity.PerGroup(long size) -> groups(weight, size);
    };
  }

  private static Lanes groups(Shape weight, long size) {
    if (weight.rank() < 2 || weight.get(1) % size != 0) {
      throw new IllegalArgumentException(
          "groups of %d do not divide the inputs of a weight %s".formatted(size, weight));
    }
    long[] dims = split(weight, size);
    dims[2] = 1;
    return new Lanes(new Shape(dims), 0, size);
  }

  /// (out, in / group, group, …).
  private static long[] split(Shape weight, long size) {
    long[] dims = new long[weight.rank() + 1];
    dims[0] = weight.get(0);
    dims[1] = weight.get(1) / size;
    dims[2] = size;
    System.arraycopy(weight.dims(), 2, dims, 3, weight.rank() - 2);
    return dims;
  }

  boolean isGrouped() {
    return group > 0;
  }

  /// `x` with the groups as a dimension of their own.
  Tensor grouped(Tensor x) {
    return isGrouped() ? x.reshape(split(x.shape(), group)) : x;
  }

  /// A tensor of [#shape] with one number for each element along the dimension of groups of `x`.
  Tensor spread(Tensor perGroup, Shape x) {
    return perGroup.expand(split(x, group)).reshape(x);
  }

  /// The statistic of the parts of all `tensors` together, of [#shape].
  Tensor measure(Statistic statistic, List<Tensor> tensors) {
    boolean whole = shape.rank() == 0 && !averagesChannels(statistic);
    if (whole) {
      return statistic.of(
          tensors.size() == 1
              ? tensors.getFirst()
              : Tensor.cat(tensors.stream().map(Tensor::flatten).toList(), 0));
    }
    List<Tensor> rows = tensors.stream().map(this::rows).toList();
    return statistic.ofRows(rows.size() == 1 ? rows.getFirst() : Tensor.cat(rows, 1)).view(shape);
  }

  /// The sum over each part of `x`, of [#shape].
  Tensor sum(Tensor x) {
    return Broadcast.sum(grouped(x), shape);
  }

  /// (parts, elements of a part).
  private Tensor rows(Tensor x) {
    if (isGrouped()) {
      return grouped(x).movedim(2, -1).reshape(-1, group);
    }
    if (x.dim() <= channelDim) {
      throw new IllegalArgumentException(
          "a scale per channel needs at least %d dimensions, got %s"
              .formatted(channelDim + 1, x.shape()));
    }
    Tensor first = channelDim == 0 ? x : x.transpose(0, channelDim);
    return first.reshape(x.size(channelDim), -1);
  }

  private static boolean averagesChannels(Statistic statistic) {
    return statistic instanceof Statistic.AbsMaxAve || statistic instanceof Statistic.AbsMaxL2;
  }
}
