package dev.microtome.quant;

import dev.microtome.nn.RnnSettings;
import org.jspecify.annotations.Nullable;

/// What quantized recurrent layers do with quantizers; null switches one off.
///
/// @param weight shared by both weights of a gate
/// @param bias of each gate
/// @param io puts inputs and hidden states of all layers on one grid
/// @param gate of the sums of each gate
/// @param sigmoid after sigmoids
/// @param tanh after hyperbolic tangents
/// @param cell of cell states
/// @param returnQuantTensor whether results tell their grid
public record QuantRnnSettings(
    @Nullable Quantizer weight,
    @Nullable Quantizer bias,
    @Nullable Quantizer io,
    @Nullable Quantizer gate,
    @Nullable Quantizer sigmoid,
    @Nullable Quantizer tanh,
    @Nullable Quantizer cell,
    boolean returnQuantTensor) {
  /// 8 bits everywhere, biases 32.
  public static final QuantRnnSettings DEFAULT =
      new QuantRnnSettings(
          Quantizers.Int8WeightPerTensorFloat,
          Quantizers.Int32Bias,
          Quantizers.Int8ActPerTensorFloat,
          Quantizers.Int8ActPerTensorFloat,
          Quantizers.Uint8ActPerTensorFloat,
          Quantizers.Int8ActPerTensorFloat,
          Quantizers.Int8ActPerTensorFloat,
          false);

  public QuantRnnSettings {
    if (returnQuantTensor && io == null) {
      throw new IllegalArgumentException(
          "return_quant_tensor=True requires io_quant != None.\nWithout a quantizer of inputs and"
              + " outputs there is no grid to tell");
    }
  }

  public QuantRnnSettings withWeight(@Nullable Quantizer next) {
    return new QuantRnnSettings(next, bias, io, gate, sigmoid, tanh, cell, returnQuantTensor);
  }

  public QuantRnnSettings withBias(@Nullable Quantizer next) {
    return new QuantRnnSettings(weight, next, io, gate, sigmoid, tanh, cell, returnQuantTensor);
  }

  /// One quantizer for everything but weights and biases.
  public QuantRnnSettings withActivations(
      @Nullable Quantizer signed, @Nullable Quantizer unsigned) {
    return new QuantRnnSettings(
        weight, bias, signed, signed, unsigned, signed, signed, returnQuantTensor);
  }

  public QuantRnnSettings returningQuantTensor() {
    return new QuantRnnSettings(weight, bias, io, gate, sigmoid, tanh, cell, true);
  }

  static ActSettings act(@Nullable Quantization quantizer) {
    return new ActSettings(quantizer, null, false);
  }

  static void check(RnnSettings shape) {
    if (shape.dropout() != 0 || shape.projection() != 0) {
      throw new IllegalArgumentException(
          "quantized recurrent layers have no dropout between layers and no projection");
    }
  }
}
