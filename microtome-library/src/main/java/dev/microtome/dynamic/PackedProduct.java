package dev.microtome.dynamic;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.pickle.ParameterValue;
import dev.microtome.tensor.pickle.TupleValue;
import java.util.LinkedHashMap;
import java.util.Map;

/// The matrix of a linear layer.
record PackedProduct(PackedLinear matrix, DynamicConfig config) implements Packed {
  @Override
  public Map<String, Tensor> quantizedWeights() {
    return Map.of("weight", matrix.weight());
  }

  @Override
  public Map<String, Object> pickledState() {
    var state = new LinkedHashMap<String, Object>();
    state.put("scale", Tensor.full(new Shape(), 1.0, DType.FLOAT32));
    state.put("zero_point", Tensor.zeros(new Shape(), DType.INT64));
    state.put("_packed_params.dtype", config.dtype());
    Tensor bias = matrix.bias();
    state.put(
        "_packed_params._packed_params",
        TupleValue.of(matrix.weight(), bias == null ? null : new ParameterValue(bias)));
    return state;
  }

  @Override
  public Map<String, Long> versions() {
    var versions = new LinkedHashMap<String, Long>();
    versions.put("", 4L);
    versions.put("_packed_params", 3L);
    return versions;
  }

  @Override
  public long bytes() {
    return StoredBytes.of(matrix);
  }

  @Override
  public String describe() {
    String grid =
        config.dtype() == DType.FLOAT16
            ? ""
            : ", qscheme=torch.per_" + (config.perChannel() ? "channel" : "tensor") + "_affine";
    return "in_features=%d, out_features=%d, dtype=%s%s"
        .formatted(matrix.in(), matrix.out(), config.dtype(), grid);
  }
}
