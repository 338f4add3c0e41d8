package dev.microtome.tensor;

import java.util.HashMap;
import java.util.Map;
import java.util.ServiceLoader;

/// The operations of our own by name.
final class CustomOps {
  private static final Map<String, CustomOp> KNOWN = load();

  private CustomOps() {}

  private static Map<String, CustomOp> load() {
    var known = new HashMap<String, CustomOp>();
    for (CustomOp op : ServiceLoader.load(CustomOp.class, CustomOp.class.getClassLoader())) {
      if (!op.name().startsWith(CustomOp.NAMESPACE) || known.put(op.name(), op) != null) {
        throw new IllegalStateException(
            "'%s' of %s is no name for an operation, or is taken"
                .formatted(op.name(), op.getClass().getName()));
      }
    }
    return Map.copyOf(known);
  }

  static boolean owns(OpCall call) {
    return call.name().startsWith(CustomOp.NAMESPACE);
  }

  static CustomOp named(OpCall call) {
    CustomOp op = KNOWN.get(call.name());
    if (op == null) {
      throw new IllegalArgumentException(
          "there is no operation '%s'; known here: %s"
              .formatted(call.name(), KNOWN.keySet().stream().sorted().toList()));
    }
    return op;
  }

  static Tensor run(OpCall call) {
    CustomOp op = named(call);
    try {
      return op.run(call);
    } catch (IllegalStateException | IllegalArgumentException | TorchException own) {
      throw own;
    } catch (RuntimeException refused) {
      throw new TorchException(call, refused);
    }
  }
}
