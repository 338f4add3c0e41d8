package dev.microtome.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tensor without numbers: operations on it run on libtorch's meta device, whatever real tensors
/// they meet, and tell shapes and dtypes or refuse as the real run would.
public final class ShapeOnly implements Tensor {
  private final DenseTensor meta;

  private ShapeOnly(DenseTensor meta) {
    this.meta = meta;
  }

  /// The shape and dtype of `tensor`, without its numbers.
  public static ShapeOnly of(Tensor tensor) {
    return tensor instanceof ShapeOnly already ? already : new ShapeOnly(toMeta(tensor));
  }

  /// A shape-only tensor from thin air.
  public static ShapeOnly of(Shape shape, DType dtype) {
    return new ShapeOnly((DenseTensor) Device.META.run(() -> Tensor.empty(shape, dtype)));
  }

  /// The same shape again, on its own: what is done to it in place does not show in this one.
  public ShapeOnly detached() {
    return new ShapeOnly((DenseTensor) meta.detach());
  }

  @Override
  public int strength() {
    return 50;
  }

  @Override
  public @Nullable Object dispatch(OpCall call) {
    if (CustomOps.owns(call)) {
      return CustomOps.named(call).shape(ShapeRules.shapes(call));
    }
    Object known = ShapeRules.answer(call);
    if (known != null) {
      return known;
    }
    if (call.name().equals("backward")) {
      return null; // nothing to compute without numbers
    }
    return wrap(LibTorch.run(new OpCall(call.name(), metaList(call.args()))));
  }

  private static @Nullable Object wrap(@Nullable Object result) {
    return switch (result) {
      case null -> null;
      case DenseTensor dense -> new ShapeOnly(dense);
      case List<?> list -> list.stream().map(ShapeOnly::wrap).toList();
      default -> result;
    };
  }

  private static List<@Nullable Object> metaList(List<?> args) {
    var converted = new java.util.ArrayList<@Nullable Object>(args.size());
    for (Object arg : args) {
      converted.add(
          switch (arg) {
            case null -> null;
            case Tensor tensor -> toMeta(tensor);
            case Index.By(Tensor positions) -> new Index.By(toMeta(positions));
            case Device _ -> Device.META;
            case List<?> list -> metaList(list);
            default -> arg;
          });
    }
    return converted;
  }

  private static DenseTensor toMeta(Tensor tensor) {
    if (tensor instanceof ShapeOnly shapeOnly) {
      return shapeOnly.meta;
    }
    DenseTensor dense = tensor.dense();
    if (dense.device().equals(Device.META)) {
      return dense;
    }
    Object meta =
        LibTorch.run(
            new OpCall(
                "aten::empty_strided",
                java.util.Arrays.asList(
                    dense.shape(), dense.strides(), dense.dtype(), null, Device.META)));
    return (DenseTensor) java.util.Objects.requireNonNull(meta);
  }

  @Override
  public DenseTensor dense() {
    throw new IllegalStateException(
        "a shape-only tensor %s %s has no numbers to read: the model has not run yet"
            .formatted(dtype(), shape()));
  }

  @Override
  public Tensor save() {
    meta.save();
    return this;
  }

  @Override
  public Shape shape() {
    return meta.shape();
  }

  @Override
  public DType dtype() {
    return meta.dtype();
  }

  @Override
  public Device device() {
    return Device.META;
  }

  @Override
  public String toString() {
    return "ShapeOnly(" + dtype().label() + shape() + ")";
  }
}
