package dev.microtome.tensor.pickle;

import dev.microtome.tensor.DType;
import java.util.HashSet;
import java.util.Set;

/// The names a checkpoint may mention. They are compared as text and never looked up.
final class AllowedNames {
  static final String ORDERED_DICT = "collections.OrderedDict";
  static final String TENSOR = "torch._utils._rebuild_tensor_v2";
  static final String TENSOR_V3 = "torch._utils._rebuild_tensor_v3";
  static final String PARAMETER = "torch._utils._rebuild_parameter";
  static final String QUANTIZED = "torch._utils._rebuild_qtensor";
  static final String SIZE = "torch.Size";
  static final String DEVICE = "torch.device";
  static final String SCRIPT_OBJECT = "torch.ScriptObject";
  static final String PER_TENSOR = "torch.per_tensor_affine";
  static final String PER_CHANNEL = "torch.per_channel_affine";
  static final String PER_CHANNEL_FLOAT = "torch.per_channel_affine_float_qparams";

  /// TorchScript classes whose states are plain containers and tensors.
  static final Set<String> SCRIPT_CLASSES =
      Set.of(
          "__torch__.torch.classes.quantized.LinearPackedParamsBase",
          "__torch__.torch.classes.quantized.EmbeddingPackedParamsBase",
          "__torch__.torch.classes.rnn.CellParamsBase");

  private static final Set<String> KNOWN = known();

  private AllowedNames() {}

  private static Set<String> known() {
    var names =
        new HashSet<>(
            Set.of(
                ORDERED_DICT,
                TENSOR,
                TENSOR_V3,
                PARAMETER,
                QUANTIZED,
                SIZE,
                DEVICE,
                SCRIPT_OBJECT,
                PER_TENSOR,
                PER_CHANNEL,
                PER_CHANNEL_FLOAT));
    for (DType dtype : DType.values()) names.add(dtype.toString());
    return names;
  }

  static boolean contains(Pickled.Name name) {
    return KNOWN.contains(name.full()) || StorageType.of(name) != null;
  }
}
