package dev.microtome.tensor;

import java.util.List;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.OperatorHandle;
import org.jspecify.annotations.Nullable;

/// One overload of an operation: its schema, its entry in libtorch's dispatcher, its boxed
/// defaults.
final class Overload {
  private static final int REFUSED = -1;

  private final OpSchema schema;
  private final OperatorHandle handle;
  private final @Nullable IValue[] defaults;
  private final @Nullable Shortcut shortcut;

  Overload(OpSchema schema, OperatorHandle handle) {
    this.schema = schema;
    this.handle = handle;
    this.defaults = new @Nullable IValue[schema.parameters().size()];
    this.shortcut = Shortcut.of(schema.name());
  }

  OpSchema schema() {
    return schema;
  }

  OperatorHandle handle() {
    return handle;
  }

  /// A faster way to some calls, or null.
  @Nullable Shortcut shortcut() {
    return shortcut;
  }

  /// How well `args` fit: the sum of each argument's fit, or negative when one does not.
  int fit(List<?> args) {
    List<OpSchema.Parameter> parameters = schema.parameters();
    if (args.size() > parameters.size()) {
      return REFUSED;
    }
    int total = 0;
    for (int i = 0; i < parameters.size(); i++) {
      OpSchema.Parameter parameter = parameters.get(i);
      if (i >= args.size()) {
        if (parameter.defaultValue() == null) {
          return REFUSED;
        }
        continue;
      }
      int fit = fit(args.get(i), parameter);
      if (fit < 0) {
        return REFUSED;
      }
      total += fit;
    }
    return total;
  }

  private static int fit(@Nullable Object arg, OpSchema.Parameter parameter) {
    if (arg == null) {
      return parameter.nullable() ? 1 : REFUSED;
    }
    String type = parameter.base();
    return switch (arg) {
      case Tensor _ -> type.equals("Tensor") ? 4 : REFUSED;
      case Boolean _ -> type.equals("bool") ? 4 : type.equals("Scalar") ? 1 : REFUSED;
      case Integer _, Long _ -> integerFit(type);
      case Number _ -> type.equals("float") ? 4 : type.equals("Scalar") ? 3 : REFUSED;
      case long[] _, Shape _ -> type.equals("int[]") || type.equals("SymInt[]") ? 4 : REFUSED;
      case double[] _ -> type.equals("float[]") ? 4 : type.equals("Scalar[]") ? 2 : REFUSED;
      case boolean[] _ -> type.equals("bool[]") ? 4 : REFUSED;
      case DType _ -> type.equals("ScalarType") || type.equals("int") ? 4 : REFUSED;
      case Device _ -> type.equals("Device") ? 4 : REFUSED;
      case String _ -> type.equals("str") ? 4 : REFUSED;
      case List<?> list -> listFit(list, type);
      case NativeObject _ ->
          type.startsWith("__torch__") || type.equals("AnyClassType") ? 4 : REFUSED;
      default -> REFUSED;
    };
  }

  private static int integerFit(String type) {
    return switch (type) {
      case "int", "SymInt" -> 4;
      case "Scalar" -> 3;
      case "float" -> 2;
      case "int[]", "SymInt[]" -> 1;
      default -> REFUSED;
    };
  }

  private static int listFit(List<?> list, String type) {
    return switch (type) {
      case "Tensor[]" -> hasHole(list) ? REFUSED : 4;
      case "Tensor?[]" -> 3;
      default -> REFUSED;
    };
  }

  /// Whether `list` holds a null; `contains(null)` is an error for immutable lists.
  static boolean hasHole(List<?> list) {
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i) == null) {
        return true;
      }
    }
    return false;
  }

  /// The boxed default of parameter `index`; made once, shared by all calls.
  IValue defaultAt(int index) {
    IValue boxed = defaults[index];
    if (boxed == null) {
      boxed = Boxing.literal(schema.parameters().get(index));
      defaults[index] = boxed;
    }
    return boxed;
  }
}
