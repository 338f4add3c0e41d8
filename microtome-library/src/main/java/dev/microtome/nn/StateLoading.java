package dev.microtome.nn;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Loads a state dict in two steps: compare everything, then change. So a state that does not fit
/// leaves the network as it was.
final class StateLoading {
  private final Map<String, TensorSlot> fitting = new LinkedHashMap<>();
  private final LoadReport report;

  private StateLoading(Layer<?, ?> root, Map<String, ? extends Tensor> state) {
    Map<String, TensorSlot> slots = State.persistent(root);
    List<String> missing = new ArrayList<>();
    List<String> misshaped = new ArrayList<>();
    Set<TensorSlot> given = given(slots, state);
    slots.forEach((path, slot) -> {
      Tensor source = state.get(path);
      if (source != null) {
        String misfit = misfit(slot.get(), source);
        if (misfit == null) {
          fitting.put(path, slot);
        } else {
          misshaped.add(path + " " + misfit);
        }
      } else if (!given.contains(slot.root())) { // a tied tensor is needed under one name only
        missing.add(path);
      }
    });
    var unexpected = new TreeSet<String>(state.keySet());
    unexpected.removeAll(slots.keySet());
    report = new LoadReport(missing, List.copyOf(unexpected), misshaped);
  }

  private static Set<TensorSlot> given(
      Map<String, TensorSlot> slots, Map<String, ? extends Tensor> state) {
    var given = new HashSet<TensorSlot>();
    slots.forEach((path, slot) -> {
      if (state.containsKey(path)) {
        given.add(slot.root());
      }
    });
    return given;
  }

  static LoadReport strictly(Layer<?, ?> root, Map<String, ? extends Tensor> state) {
    var loading = new StateLoading(root, state);
    if (!loading.report.isClean()) {
      throw new StateDictException(root.name(), loading.report);
    }
    loading.commit(state);
    return loading.report;
  }

  static LoadReport matching(Layer<?, ?> root, Map<String, ? extends Tensor> state) {
    var loading = new StateLoading(root, state);
    loading.commit(state);
    return loading.report;
  }

  private void commit(Map<String, ? extends Tensor> state) {
    Grad.off(() ->
        fitting.forEach((path, slot) -> {
          Tensor source = state.get(path);
          if (source != null) {
            take(slot, source);
          }
        }));
  }

  /// A tensor on the meta device has no memory to copy into: the source, a view of a mapped file
  /// perhaps, takes its place.
  private static void take(TensorSlot slot, Tensor source) {
    Tensor target = slot.get();
    if (target.device().equals(Device.META)) {
      DType dtype = target.dtype();
      State.replace(slot, source.dtype() == dtype ? source : source.to(dtype));
    } else {
      target.copy_(source);
    }
  }

  private static @Nullable String misfit(Tensor target, Tensor source) {
    if (!target.shape().equals(source.shape())) {
      return "(is %s, the state has %s)".formatted(target.shape(), source.shape());
    }
    boolean converts =
        target.dtype() == source.dtype()
            || (target.dtype().isFloatingPoint() && source.dtype().isFloatingPoint())
            || (isWhole(target.dtype()) && isWhole(source.dtype()));
    return converts ? null : "(is %s, the state has %s)".formatted(target.dtype(), source.dtype());
  }

  private static boolean isWhole(DType dtype) {
    return dtype.label().startsWith("int") || dtype.label().startsWith("uint");
  }
}
