package dev.microtome.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.Symbol;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/// Runs an [OpCall] on dense tensors: finds the overload, boxes, calls libtorch's dispatcher,
/// unboxes.
final class LibTorch {
  static {
    Natives.load();
  }

  /// Arguments whose kinds fit into a [Signature]; rare calls with more are resolved each time.
  private static final int MOST_KINDS = 15;

  private static final Map<String, List<Overload>> OVERLOADS = new ConcurrentHashMap<>();
  private static final Map<Signature, Overload> RESOLVED = new ConcurrentHashMap<>();

  private static final ThreadLocal<Stacks> STACKS = ThreadLocal.withInitial(Stacks::new);

  private LibTorch() {}

  /// Argument stacks to use again; several when an operation calls back into Java.
  private static final class Stacks {
    private final ArrayList<IValueVector> free = new ArrayList<>();

    IValueVector take() {
      return free.isEmpty() ? new IValueVector() : free.removeLast();
    }

    void giveBack(IValueVector stack) {
      stack.clear();
      free.add(stack);
    }
  }

  private record Signature(String name, long argumentKinds) {}

  static @Nullable Object run(OpCall call) {
    if (Thread.currentThread().isVirtual()) {
      throw new IllegalStateException(
          "tensor code can't run on a virtual thread: libtorch's modes belong to the OS thread."
              + " Run it on a platform thread");
    }
    if (CustomOps.owns(call)) {
      return CustomOps.run(call);
    }
    return call.name().indexOf(':') < 0 ? OwnOps.run(call) : dispatch(call);
  }

  private static @Nullable Object dispatch(OpCall call) {
    Overload overload = resolve(call);
    Shortcut shortcut = overload.shortcut();
    Tensor quick = shortcut == null ? null : shortcut.tryRun(call.args());
    return quick == null ? dispatch(call, overload) : quick;
  }

  private static @Nullable Object dispatch(OpCall call, Overload overload) {
    IValueVector stack = STACKS.get().take();
    try {
      push(call, overload, stack);
      overload.handle().callBoxed(stack);
      return results(stack);
    } catch (IllegalStateException | IllegalArgumentException own) {
      throw own;
    } catch (RuntimeException refused) {
      throw new TorchException(call, refused);
    } finally {
      STACKS.get().giveBack(stack);
    }
  }

  private static void push(OpCall call, Overload overload, IValueVector stack) {
    List<OpSchema.Parameter> parameters = overload.schema().parameters();
    List<@Nullable Object> args = call.args();
    for (int i = 0; i < parameters.size(); i++) {
      if (i < args.size()) {
        try (IValue boxed = Boxing.box(args.get(i), parameters.get(i))) {
          stack.push_back(boxed);
        }
      } else {
        stack.push_back(overload.defaultAt(i));
      }
    }
  }

  private static @Nullable Object results(IValueVector stack) {
    long count = stack.size();
    if (count == 0) {
      return null;
    }
    if (count == 1) {
      return Boxing.unbox(stack.get(0));
    }
    var results = new ArrayList<@Nullable Object>((int) count);
    for (long i = 0; i < count; i++) {
      results.add(Boxing.unbox(stack.get(i)));
    }
    return results;
  }

  static List<Overload> overloads(String name) {
    return OVERLOADS.computeIfAbsent(name, LibTorch::find);
  }

  private static List<Overload> find(String name) {
    if (!name.matches("\\w+::\\w+")) {
      return List.of();
    }
    var found = new ArrayList<Overload>();
    var operators = torch.getAllOperatorsFor(Symbol.fromQualString(name));
    for (long i = 0; i < operators.size(); i++) {
      String text = torch.toString(operators.get(i).schema()).getString();
      if (text.contains("...")) {
        continue; // TorchScript's variadic forms
      }
      var schema = OpSchema.parse(text);
      if (!schema.isOut()) {
        try {
          var handle = Dispatcher.singleton().findSchemaOrThrow(name, schema.overload());
          found.add(new Overload(schema, handle));
        } catch (RuntimeException scriptOnly) {
          // known to TorchScript, but not to the dispatcher
        }
      }
    }
    return List.copyOf(found);
  }

  static Overload resolve(OpCall call) {
    var signature = new Signature(call.name(), kinds(call.args()));
    boolean distinct = call.args().size() <= MOST_KINDS;
    Overload known = distinct ? RESOLVED.get(signature) : null;
    if (known != null) {
      return known;
    }
    Overload best = null;
    int bestFit = -1;
    for (Overload candidate : overloads(call.name())) {
      int fit = candidate.fit(call.args());
      if (fit > bestFit) {
        best = candidate;
        bestFit = fit;
      }
    }
    if (best == null) {
      throw noOverload(call);
    }
    if (distinct) {
      RESOLVED.put(signature, best);
    }
    return best;
  }

  private static IllegalArgumentException noOverload(OpCall call) {
    List<Overload> overloads = overloads(call.name());
    if (overloads.isEmpty()) {
      return new IllegalArgumentException("libtorch has no operation '" + call.name() + "'");
    }
    var message = new StringBuilder(call + " fits no overload of " + call.name() + ":");
    overloads.forEach(o -> message.append("\n  ").append(o.schema()));
    return new IllegalArgumentException(message.toString());
  }

  /// The kinds of all arguments, as digits of one number: enough to choose the overload again.
  private static long kinds(List<?> args) {
    long key = args.size();
    for (int i = 0; i < args.size(); i++) {
      key = key * 16 + kind(args.get(i));
    }
    return key;
  }

  private static int kind(@Nullable Object arg) {
    return switch (arg) {
      case null -> 0;
      case Tensor _ -> 1;
      case Long _, Integer _ -> 2;
      case Double _, Float _ -> 3;
      case Boolean _ -> 4;
      case long[] _, Shape _ -> 5;
      case DType _ -> 6;
      case List<?> list -> Overload.hasHole(list) ? 8 : 7;
      case String _ -> 9;
      case Device _ -> 10;
      case double[] _ -> 11;
      case boolean[] _ -> 12;
      case NativeObject _ -> 13;
      default -> 14;
    };
  }
}
