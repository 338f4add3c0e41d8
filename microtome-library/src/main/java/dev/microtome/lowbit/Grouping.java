package dev.microtome.lowbit;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/// How a weight is cut into groups that share a scale and a zero.
///
/// The weight is flattened row by row. With axis 1 a group is `size` consecutive numbers and the
/// groups are the rows of the grouped matrix; with axis 0 the groups are its columns: group j has
/// the numbers j, j + groups, j + 2 · groups, and so on. Groups may straddle rows of the weight.
///
/// @param shape of the weight, outputs first
/// @param size numbers in a group
/// @param axis 0 or 1: the dimension of the grouped matrix along which a group lies
/// @param padded whether the last groups may be filled up with copies of the last number, where
///   `size` does not divide
public record Grouping(Shape shape, long size, int axis, boolean padded) {
  private static final int SHOWN = 12;
  private static final long FURTHEST = 1 << 16;

  public Grouping {
    if (shape.numel() == 0) {
      throw new IllegalArgumentException("a weight without numbers has no groups: " + shape);
    }
    if (axis != 0 && axis != 1) {
      throw new IllegalArgumentException("axis must be 0 or 1, got " + axis);
    }
    if (size < 1) {
      throw new IllegalArgumentException("a group has at least 1 number, got size " + size);
    }
    if (!padded && shape.numel() % size != 0) {
      throw new IllegalArgumentException(
          "groups of %d do not divide the %d numbers of a weight %s; these do: %s (or ask for padding)"
              .formatted(size, shape.numel(), shape, near(shape.numel(), size)));
    }
  }

  /// Groups that must divide the weight.
  public Grouping(Shape shape, long size, int axis) {
    this(shape, size, axis, false);
  }

  /// Divisors of `numel`, the nearest to `wanted` in order of size.
  private static List<Long> near(long numel, long wanted) {
    return LongStream.rangeClosed(1, Math.min(numel, Math.min(16 * wanted, FURTHEST)))
        .filter(divisor -> numel % divisor == 0)
        .boxed()
        .sorted((a, b) -> Double.compare(distance(a, wanted), distance(b, wanted)))
        .limit(SHOWN)
        .sorted()
        .toList();
  }

  private static double distance(long divisor, long wanted) {
    return Math.abs(Math.log((double) divisor / wanted));
  }

  /// How many groups there are.
  public long groups() {
    return Math.ceilDiv(shape.numel(), size);
  }

  /// Rows of the grouped matrix.
  public long rows() {
    return axis == 1 ? groups() : size;
  }

  /// Columns of the grouped matrix.
  public long columns() {
    return axis == 1 ? size : groups();
  }

  /// Shape of the scales, which broadcasts over the grouped matrix.
  public Shape valueShape() {
    return axis == 1 ? Shape.of(groups(), 1) : Shape.of(1, groups());
  }

  /// Whether each row of a matrix has whole groups of its own, side by side: what kernels like.
  public boolean isWithinRows() {
    return axis == 1 && shape.rank() == 2 && shape.get(1) % size == 0;
  }

  /// The weight, or anything of its shape, as the grouped matrix.
  public Tensor group(Tensor weight) {
    if (!weight.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "these groups are for a weight %s, got %s".formatted(shape, weight.shape()));
    }
    Tensor flat = weight.reshape(-1);
    long missing = rows() * columns() - flat.numel();
    if (missing > 0) {
      flat = Tensor.cat(List.of(flat, flat.narrow(0, flat.numel() - 1, 1).expand(missing)), 0);
    }
    return flat.reshape(rows(), columns());
  }

  /// Some whole groups that follow each other.
  record Part(long first, long count) {}

  /// All groups in parts of about so many numbers.
  List<Part> parts(long numbers) {
    long width = Math.max(1, numbers / size);
    if (isWithinRows()) { // whole rows of the weight
      long row = shape.get(1) / size;
      width = Math.max(1, width / row) * row;
    }
    var parts = new ArrayList<Part>();
    for (long first = 0; first < groups(); first += width) {
      parts.add(new Part(first, Math.min(width, groups() - first)));
    }
    return parts;
  }

  /// A part of the weight, or of anything of its shape, as that part of the grouped matrix; nothing
  /// larger is made where groups lie within rows, or the weight lies in memory row by row.
  Tensor part(Tensor weight, Part part) {
    if (isWithinRows()) {
      long row = shape.get(1) / size;
      return weight.narrow(0, part.first() / row, part.count() / row).reshape(-1, size);
    }
    return within(group(weight), part);
  }

  /// A part of a grouped matrix, or of scales or zeros.
  Tensor within(Tensor grouped, Part part) {
    return grouped.narrow(1 - axis, part.first(), part.count());
  }

  /// The grouped matrix as the weight again, without what was filled up.
  public Tensor ungroup(Tensor grouped) {
    return grouped.reshape(-1).narrow(0, 0, shape.numel()).reshape(shape);
  }
}
