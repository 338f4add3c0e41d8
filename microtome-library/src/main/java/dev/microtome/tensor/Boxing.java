package dev.microtome.tensor;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.BooleanList;
import org.bytedeco.pytorch.DoubleList;
import org.bytedeco.pytorch.GenericList;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.LongList;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.TensorList;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptionalList;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// Java values to libtorch's boxed values and back.
///
/// The one class that touches `IValue`s: what `toTensor()` and `get()` return are references into
/// their container, so every handle that leaves here is a copy.
final class Boxing {
  private Boxing() {}

  /// A boxed argument, owned by the caller.
  static IValue box(@Nullable Object arg, OpSchema.Parameter parameter) {
    return switch (arg) {
      case null -> new IValue();
      case DenseTensor tensor -> tensor.boxed();
      case Boolean flag -> new IValue((boolean) flag);
      case Number number -> number(number, parameter.base());
      case long[] ints -> ints(ints);
      case Shape shape -> ints(shape.dims());
      case double[] reals -> reals(reals, parameter.base());
      case boolean[] flags -> booleans(flags);
      case DType type -> new IValue(type.scalarType);
      case Device device -> device(device);
      case String text -> new IValue(text);
      case List<?> list -> tensors(list, parameter.base());
      case NativeObject object -> new IValue(object.value);
      default ->
          throw new IllegalArgumentException(
              "a %s can't be passed to libtorch as %s"
                  .formatted(arg.getClass().getSimpleName(), parameter.type()));
    };
  }

  private static IValue number(Number number, String type) {
    boolean real = number instanceof Double || number instanceof Float;
    return switch (type) {
      case "Scalar" ->
          scalar(real ? new Scalar(number.doubleValue()) : new Scalar(number.longValue()));
      case "float" -> new IValue(number.doubleValue());
      case "int[]", "SymInt[]" -> ints(number.longValue());
      default -> new IValue(number.longValue());
    };
  }

  private static IValue scalar(Scalar scalar) {
    try (scalar) {
      return new IValue(scalar);
    }
  }

  private static IValue device(Device device) {
    try (var nativeDevice = device.toNative()) {
      return new IValue(nativeDevice);
    }
  }

  private static IValue ints(long... ints) {
    try (var list = new LongList(ints)) {
      return list(list);
    }
  }

  private static IValue reals(double[] reals, String type) {
    if (type.equals("Scalar[]")) {
      throw new IllegalArgumentException("lists of scalars are not supported");
    }
    try (var list = new DoubleList()) {
      for (double real : reals) {
        list.push_back(real);
      }
      return list(list);
    }
  }

  private static IValue booleans(boolean[] flags) {
    try (var list = new BooleanList()) {
      for (boolean flag : flags) {
        list.push_back(flag);
      }
      return list(list);
    }
  }

  private static IValue tensors(List<?> tensors, String type) {
    if (type.equals("Tensor?[]")) {
      return optionalTensors(tensors);
    }
    try (var vector = new TensorVector()) {
      for (Object tensor : tensors) {
        if (!(tensor instanceof DenseTensor dense)) {
          throw new IllegalArgumentException("a Tensor[] may only hold tensors, not " + tensor);
        }
        vector.push_back(dense.handle());
      }
      try (var list = new TensorList(vector)) {
        return list(list);
      }
    }
  }

  private static IValue optionalTensors(List<?> tensors) {
    try (var list = new TensorOptionalList()) {
      for (Object tensor : tensors) {
        try (var optional =
            tensor instanceof DenseTensor dense
                ? new TensorOptional(dense.handle())
                : new TensorOptional()) {
          list.push_back(optional);
        }
      }
      return list(list);
    }
  }

  private static IValue list(Pointer typedList) {
    try (var generic = new GenericList(typedList)) {
      // GenericList(Pointer) is a cast: the box shares the typed list's contents, then we let go.
      return new IValue(generic);
    }
  }

  /// A schema's default, as libtorch prints it, boxed.
  static IValue literal(OpSchema.Parameter parameter) {
    String text = parameter.defaultValue();
    String type = parameter.base();
    if (text == null || text.equals("None")) {
      return new IValue();
    }
    return switch (type) {
      case "bool" -> new IValue(text.equals("True"));
      case "float" -> new IValue(Double.parseDouble(text));
      case "Scalar" -> scalarLiteral(text);
      case "int[]", "SymInt[]" -> ints(longs(text));
      case "bool[]" -> booleans(flags(text));
      case "str" -> new IValue(text.substring(1, text.length() - 1));
      default ->
          text.equals("contiguous_format")
              ? new IValue(torch.MemoryFormat.Contiguous)
              : new IValue(Long.parseLong(text));
    };
  }

  private static IValue scalarLiteral(String text) {
    if (text.equals("True") || text.equals("False")) {
      return new IValue(text.equals("True"));
    }
    return text.matches("-?\\d+")
        ? scalar(new Scalar(Long.parseLong(text)))
        : scalar(new Scalar(Double.parseDouble(text)));
  }

  private static long[] longs(String text) {
    return elements(text).stream().mapToLong(Long::parseLong).toArray();
  }

  private static boolean[] flags(String text) {
    List<String> elements = elements(text);
    boolean[] flags = new boolean[elements.size()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = elements.get(i).equals("True");
    }
    return flags;
  }

  private static List<String> elements(String text) {
    return Arrays.stream(text.replaceAll("[\\[\\] ]", "").split(",", -1))
        .filter(s -> !s.isEmpty())
        .toList();
  }

  /// The Java value of a result; closes nothing, copies handles.
  static @Nullable Object unbox(IValue value) {
    if (value.isTensor()) {
      try (var reference = value.toTensor()) {
        return DenseTensor.own(new org.bytedeco.pytorch.Tensor(reference));
      }
    }
    if (value.isTensorList()) {
      try (var vector = value.toTensorVector()) {
        var tensors = new ArrayList<Tensor>();
        for (long i = 0; i < vector.size(); i++) {
          tensors.add(DenseTensor.own(new org.bytedeco.pytorch.Tensor(vector.get(i))));
        }
        return List.copyOf(tensors);
      }
    }
    if (value.isNone()) {
      return null;
    }
    if (value.isBool()) {
      return value.toBool();
    }
    if (value.isInt()) {
      return value.toInt();
    }
    if (value.isDouble()) {
      return value.toDouble();
    }
    return unboxRare(value);
  }

  private static Object unboxRare(IValue value) {
    if (value.isString()) {
      return value.toStringRef().getString();
    }
    if (value.isIntList()) {
      try (var vector = value.toIntVector()) {
        return vector.get();
      }
    }
    if (value.isScalar()) {
      try (Scalar scalar = value.toScalar()) {
        return scalar.isFloatingPoint() ? (Object) scalar.toDouble() : (Object) scalar.toLong();
      }
    }
    return new NativeObject(new IValue(value));
  }
}
