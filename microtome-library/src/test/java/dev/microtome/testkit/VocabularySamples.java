package dev.microtome.testkit;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A sample call of every operation in the vocabulary of [Tensor], found by reflection, for laws
/// that hold over all of them.
///
/// ```java
/// VocabularySamples.all().forEach(sample -> {
///   Object eager = sample.apply(x -> x);
///   Object shapes = sample.apply(ShapeOnly::of);
/// });
/// ```
public final class VocabularySamples {
  /// Methods of [Tensor] that are no operations: they describe a tensor, read its numbers, make one
  /// from Java arrays, or steer autograd and memory.
  private static final Set<String> NO_OPERATIONS =
      Set.of(
          "dispatch",
          "strength",
          "shape",
          "dtype",
          "device",
          "dense",
          "dim",
          "size",
          "numel",
          "save",
          "close",
          "of",
          "from",
          "at",
          "allClose",
          "equal",
          "backward",
          "requiresGrad_",
          "requiresGrad",
          "retainGrad",
          "isLeaf",
          "gradFn",
          "clearGrad",
          "grad",
          "hasGrad",
          "item",
          "itemLong",
          "toFloats",
          "toDoubles",
          "toLongs",
          "toInts",
          "toBytes",
          "toBooleans",
          "toString",
          "hashCode",
          "equals");

  /// The shape of these results depends on the numbers.
  private static final Set<String> DATA_DEPENDENT =
      Set.of("nonzero", "maskedSelect", "unique", "bincount");

  /// The numbers of these results are not the same twice, or not defined.
  private static final Set<String> RANDOM =
      Set.of(
          "rand",
          "randn",
          "randint",
          "randperm",
          "empty",
          "emptyLike",
          "randLike",
          "randnLike",
          "randintLike",
          "uniform_",
          "normal_",
          "bernoulli",
          "bernoulli_",
          "exponential_",
          "random_",
          "multinomial",
          "dropout",
          "dropout_");

  private VocabularySamples() {}

  /// One call: `arguments` start with the receiver, except for static methods.
  public record Sample(String signature, Method method, List<@Nullable Object> arguments) {
    /// Whether the shape of the result is known only from the numbers.
    public boolean isDataDependent() {
      return DATA_DEPENDENT.contains(method.getName());
    }

    /// Whether two calls may give different numbers.
    public boolean isRandom() {
      return RANDOM.contains(method.getName());
    }

    /// Whether the method makes a tensor from no tensor.
    public boolean isCreation() {
      return Values.tensors(arguments).isEmpty();
    }

    /// Calls the method with fresh copies of the sample's tensors, each replaced by `inputs`, and
    /// returns the result.
    public @Nullable Object apply(UnaryOperator<Tensor> inputs) {
      @Nullable Object[] all = new @Nullable Object[arguments.size()];
      for (int i = 0; i < all.length; i++) {
        all[i] =
            Values.<@Nullable Object>map(arguments.get(i), tensor -> inputs.apply(tensor.copy()));
      }
      boolean isStatic = Modifier.isStatic(method.getModifiers());
      try {
        return isStatic
            ? method.invoke(null, all)
            : method.invoke(all[0], Arrays.copyOfRange(all, 1, all.length));
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof RuntimeException refused) {
          throw refused;
        }
        throw new AssertionError(signature, e);
      } catch (IllegalAccessException | IllegalArgumentException e) {
        throw new AssertionError(
            "the sample of " + signature + " does not fit its parameters: " + e, e);
      }
    }

    @Override
    public String toString() {
      return signature;
    }
  }

  /// Every operation with its sample; fails, naming the method, when one has none.
  public static Stream<Sample> all() {
    return Arrays.stream(Tensor.class.getDeclaredMethods())
        .filter(method -> !method.isSynthetic())
        .filter(method -> Modifier.isPublic(method.getModifiers()))
        .filter(method -> !NO_OPERATIONS.contains(method.getName()))
        .sorted(Comparator.comparing(VocabularySamples::signature))
        .map(VocabularySamples::sample);
  }

  private static Sample sample(Method method) {
    String signature = signature(method);
    List<@Nullable Object> own = SampleArguments.of(signature, method.getName());
    return new Sample(signature, method, own != null ? own : byType(method, signature));
  }

  private static List<@Nullable Object> byType(Method method, String signature) {
    var arguments = new ArrayList<@Nullable Object>();
    if (!Modifier.isStatic(method.getModifiers())) {
      arguments.add(SampleArguments.reals(3, 4));
    }
    for (Class<?> type : method.getParameterTypes()) {
      arguments.add(SampleArguments.ofType(type, signature));
    }
    return arguments;
  }

  /// `add(Tensor,Number)`.
  static String signature(Method method) {
    return Arrays.stream(method.getParameterTypes())
        .map(Class::getSimpleName)
        .collect(Collectors.joining(",", method.getName() + "(", ")"));
  }
}
