package dev.microtome.tensor;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One entry of a subscript such as `x[:, -1, None]`.
///
/// In a call, a subscript is written with ints, strings and tensors: `x.get(0, "1:4", "...")`.
public sealed interface Index {
  /// `i`: one position; the dimension disappears. Negative counts from the end.
  record At(long position) implements Index {
    @Override
    public String toString() {
      return Long.toString(position);
    }
  }

  /// `start:stop:step`; an absent part is `null`.
  record Slice(@Nullable Long start, @Nullable Long stop, @Nullable Long step) implements Index {
    @Override
    public String toString() {
      return part(start) + ":" + part(stop) + (step == null ? "" : ":" + step);
    }

    private static String part(@Nullable Long number) {
      return number == null ? "" : number.toString();
    }
  }

  /// `...`: as many whole dimensions as are needed.
  record Ellipsis() implements Index {
    @Override
    public String toString() {
      return "...";
    }
  }

  /// `None`: a new dimension of size 1.
  record NewAxis() implements Index {
    @Override
    public String toString() {
      return "None";
    }
  }

  /// A tensor of positions, or a boolean mask.
  record By(Tensor positions) implements Index {
    @Override
    public String toString() {
      return OpCall.showTensor(positions);
    }
  }

  /// Reads a subscript as users write it: integers, `":"`, `"1:4"`, `"::2"`, `"..."`, `"None"`,
  /// integer or boolean tensors, or ready-made [Index] values.
  static List<Index> of(Object... parts) {
    var indices = new ArrayList<Index>(parts.length);
    for (Object part : parts) {
      indices.add(
          switch (part) {
            case Index index -> index;
            case Integer position -> new At(position);
            case Long position -> new At(position);
            case Tensor positions -> new By(positions);
            case Boolean mask -> new By(Tensor.of(mask).reshape(new Shape()));
            case String text -> parse(text);
            default ->
                throw new IllegalArgumentException(
                    "'%s' (%s) is not an index; use an int, \"1:4\", \"...\", \"None\" or a tensor"
                        .formatted(part, part.getClass().getSimpleName()));
          });
    }
    return List.copyOf(indices);
  }

  private static Index parse(String text) {
    String bare = text.strip();
    switch (bare) {
      case "...":
        return new Ellipsis();
      case "None":
        return new NewAxis();
      default:
        break;
    }
    String[] parts = bare.split(":", -1);
    if (parts.length > 3 || bare.isEmpty()) {
      throw notAnIndex(text);
    }
    Long start = number(parts[0], text);
    if (parts.length == 1) {
      if (start == null) {
        throw notAnIndex(text);
      }
      return new At(start);
    }
    return new Slice(
        start, number(parts[1], text), parts.length == 3 ? number(parts[2], text) : null);
  }

  private static @Nullable Long number(String part, String whole) {
    if (part.isBlank()) {
      return null;
    }
    try {
      return Long.valueOf(part.strip());
    } catch (NumberFormatException e) {
      throw notAnIndex(whole);
    }
  }

  private static IllegalArgumentException notAnIndex(String text) {
    return new IllegalArgumentException(
        "\"" + text + "\" is not an index; write \"start:stop:step\", \"...\" or \"None\"");
  }
}
