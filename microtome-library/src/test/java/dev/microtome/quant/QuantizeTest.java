package dev.microtome.quant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.models.LanguageModel;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Linear;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Tanh;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QuantizeTest {
  @BeforeEach
  void seed() {
    Torch.manualSeed(2);
  }

  private static Sequential network() {
    return Sequential.named()
        .add("conv", new Conv2d(1, 2, 3))
        .add("relu", new ReLU())
        .add("flat", new Flatten())
        .add("hidden", new Linear(8, 4))
        .add("tanh", new Tanh())
        .add("head", new Linear(4, 2))
        .build();
  }

  @Test
  void layers_are_exchanged_by_type_and_path_and_the_rest_is_told() {
    Sequential network = network();
    QatSpec spec =
        QatSpec.weightsAndInputs(8)
            .withActivations(null, Quantizers.Uint8ActPerTensorFloat)
            .except("head");
    QatReport report = Quantize.qat(network, spec);
    assertThat(report.quantized())
        .containsEntry("conv", "Conv2d → QuantConv2d")
        .containsEntry("relu", "ReLU → QuantReLU")
        .containsKey("hidden");
    assertThat(report.plain())
        .containsEntry("head", "excepted")
        .containsEntry("tanh", "no quantized form is wanted");
    assertThat(network.layer("hidden")).isInstanceOf(QuantLinear.class);
    assertThat(report.toString()).contains("stays: excepted");
  }

  @Test
  void eight_bits_change_little_and_a_plain_checkpoint_still_loads() {
    Sequential network = network();
    Map<String, Tensor> checkpoint = network.copy().stateDict();
    Tensor x = Tensor.randn(3, 1, 4, 4);
    Tensor before = Grad.off(() -> network.apply(x));
    Quantize.qat(network, QatSpec.weightsAndInputs(8));
    Tensor after = Grad.off(() -> network.apply(x));
    assertThat(after.sub(before).abs().max().item()).isLessThan(0.05).isPositive();
    Grad.off(() -> network.tensor("conv.weight").zero_());
    assertThat(network.loadMatching(checkpoint).toString()).isNotEmpty();
    assertThat(network.tensor("conv.weight").abs().sum().item()).isPositive();
  }

  @Test
  void gpt2_is_quantized_where_its_weights_are_its_own() {
    var lm = LanguageModel.shipped();
    lm.loadWeights();
    String prompt = "The Eiffel Tower is in the city of";
    String before = lm.next(prompt, 1).getFirst().text();
    QatReport report = Quantize.qat(lm.network(), QatSpec.weights(8));
    assertThat(report.quantized()).containsKey("transformer.h.0.mlp.c_fc");
    assertThat(report.plain()).containsKey("transformer.ln_f");
    assertThat(lm.next(prompt, 1).getFirst().text()).isEqualTo(before);
  }
}
