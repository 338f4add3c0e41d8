package dev.microtome.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.Gru;
import dev.microtome.nn.Hardtanh;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.RnnSettings;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Sgd;
import dev.microtome.nn.Slot;
import dev.microtome.nn.StateDictException;
import dev.microtome.nn.Tanh;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.List;
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
        .add("pool", new MaxPool2d(2))
        .add("flat", new Flatten())
        .add("hidden", new Linear(8, 4))
        .add("tanh", new Tanh())
        .add("head", new Linear(4, 2))
        .build();
  }

  /// A block that is no sequence, with a layer that stays and a parameter of its own.
  private static final class Block extends Layer<Tensor, Tensor> {
    private final Slot<Tensor, Tensor> up = slot("up", new Linear(3, 3));
    private final Slot<Tensor, Tensor> relu = slot("relu", new ReLU());
    private final Linear fixed = child("fixed", new Linear(3, 3));
    private final dev.microtome.nn.TensorSlot gain = parameter("gain", Tensor.ones(3));

    @Override
    protected Tensor forward(Tensor x) {
      return x.add(fixed.apply(relu.apply(up.apply(x)))).mul(gain.get());
    }
  }

  private static Tensor run(Layer<Tensor, Tensor> network, Tensor x) {
    return QuantTensor.valueOf(Grad.off(() -> network.apply(x)));
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
        .containsEntry("hidden", "Linear → QuantLinear, on the grid of relu");
    assertThat(report.plain())
        .containsEntry("head", "excepted by path 'head'")
        .containsEntry("pool", "has nothing to quantize")
        .containsEntry("tanh", "the spec has no quantizer for activation functions");
    assertThat(report.toString()).contains("stays: excepted");
    assertThat(Grad.off(() -> network.apply(Tensor.randn(2, 1, 6, 6))).shape().dims())
        .containsExactly(2, 2);
  }

  @Test
  void a_layer_on_the_grid_of_the_one_before_does_not_quantize_its_input_again() {
    Sequential network = network();
    Quantize.qat(network, QatSpec.integers(4));
    assertThat(((QuantLinear) network.layer("hidden")).inputQuant()).isNull();
    assertThat(((QuantConv2d) network.layer("conv")).inputQuant()).isNotNull();
    assertThat(((QuantReLU) network.layer("relu")).returnsQuantTensor()).isTrue();
    assertThat(((QuantLinear) network.layer("head")).biasQuant()).isNotNull();
    network.apply(Tensor.randn(2, 1, 6, 6));
  }

  @Test
  void other_specs_hold_where_rules_say_and_the_last_rule_wins() {
    Sequential network = network();
    Quantize.qat(
        network,
        QatSpec.integers(4)
            .at(Linear.class, QatSpec.weights(3))
            .at("h*", QatSpec.weights(2))
            .except(Tanh.class)
            .put(
                ReLU.class, _ -> new QuantReLU(ActSettings.of(Quantizers.Uint8ActPerTensorFloat))));
    var head = (QuantLinear) network.layer("head");
    assertThat(head.settings().weight())
        .isEqualTo(Quantizers.Int8WeightPerChannelFloat.withBits(2));
    assertThat(head.inputQuant()).isNull();
    assertThat(network.layer("tanh")).isInstanceOf(Tanh.class);
    assertThat(((QuantReLU) network.layer("relu")).actQuant().quantizer().bits()).isEqualTo(8);
  }

  @Test
  void a_rule_that_fits_nothing_is_refused_and_nothing_is_changed() {
    Sequential network = network();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Quantize.qat(network, QatSpec.integers(4).except("haed")))
        .withMessageContaining("path 'haed'")
        .withMessageContaining("head");
    assertThat(network.layer("conv")).isInstanceOf(Conv2d.class);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Quantize.qat(network, QatSpec.weights(4).except(Embedding.class)))
        .withMessageContaining("type Embedding");
  }

  @Test
  void outside_of_sequences_inputs_are_quantized_and_what_stays_is_told() {
    var network = new Sequential(new Block());
    QatReport report = Quantize.qat(network, QatSpec.integers(8));
    assertThat(report.quantized()).containsOnlyKeys("0.up");
    assertThat(report.plain())
        .containsEntry("0.gain", "a parameter in no layer of its own")
        .containsEntry("0.fixed", "is a child that stays, not in a slot");
    assertThat(report.plain().get("0.relu")).startsWith("what reads it is not known here");
    assertThat(Quantize.qat(network, QatSpec.integers(8)).plain())
        .containsEntry("0.up", "quantized already");
    var alone = new Sequential(new Block());
    QatSpec also = QatSpec.integers(8).at("0.relu", QatSpec.integers(8).withInput(null));
    assertThat(Quantize.qat(alone, also).quantized()).containsOnlyKeys("0.up", "0.relu");
    assertThat(Quantize.qat(new Linear(2, 2), QatSpec.integers(8)).plain().get(""))
        .contains("put it into a Sequential");
  }

  @Test
  void eight_bits_change_little_and_the_tensors_are_the_same_ones() {
    Sequential network = network();
    Tensor x = Tensor.randn(3, 1, 6, 6);
    Tensor before = run(network, x);
    Tensor weight = network.tensor("conv.weight");
    var optimizer = new Sgd(network.parameters(), 0.1);
    Quantize.qat(network, QatSpec.integers(8));
    assertThat(run(network, x).sub(before).abs().max().item()).isLessThan(0.05).isPositive();
    assertThat(network.tensor("conv.weight")).isSameAs(weight);
    Tensor old = weight.detach().mul(1);
    network.apply(x).square().sum().backward();
    optimizer.step();
    assertThat(weight.sub(old).abs().max().item()).isPositive();
  }

  @Test
  void a_plain_checkpoint_loads_and_a_wrong_one_changes_nothing() {
    Sequential network = network();
    Map<String, Tensor> checkpoint = network.copy().stateDict();
    Quantize.qat(network, QatSpec.integers(8));
    Grad.off(() -> network.tensor("conv.weight").zero_());
    assertThat(Quantize.loadFloat(network, checkpoint).isClean()).isTrue();
    assertThat(network.tensor("conv.weight").equal(checkpoint.get("conv.weight"))).isTrue();
    Grad.off(() -> network.tensor("conv.weight").zero_());
    var wrong = new java.util.HashMap<>(checkpoint);
    wrong.remove("head.bias");
    wrong.put("haed.bias", Tensor.zeros(2));
    assertThatThrownBy(() -> Quantize.loadFloat(network, wrong))
        .isInstanceOf(StateDictException.class)
        .hasMessageContaining("head.bias")
        .hasMessageContaining("haed.bias");
    assertThat(network.tensor("conv.weight").abs().sum().item()).isZero();
  }

  @Test
  void batch_norms_are_folded_when_asked() {
    var network = new Sequential(new Conv2d(1, 2, 3), new BatchNorm2d(2), new ReLU());
    for (int i = 0; i < 3; i++) {
      network.apply(Tensor.randn(4, 1, 6, 6).mul(3).add(1));
    }
    network.eval();
    Tensor x = Tensor.randn(2, 1, 6, 6);
    Tensor before = run(network, x);
    assertThat(Quantize.qat(network.copy(), QatSpec.weights(8)).plain().get("1"))
        .contains("mergingBatchNorms()");
    QatReport report = Quantize.qat(network, QatSpec.weights(8).mergingBatchNorms());
    assertThat(report.quantized()).containsEntry("1", "BatchNorm2d → folded into 0");
    Tensor apart = run(network, x).sub(before).abs().max();
    assertThat(apart.item()).isLessThan(0.03).isPositive();
  }

  /// Words to sequences to a clipped score.
  private static final class Reader extends Layer<Tensor, Tensor> {
    private final Slot<Tensor, Tensor> words = slot("words", new Embedding(30, 6));
    private final Slot<Lstm.Input, Lstm.Output> lstm;
    private final Slot<Gru.Input, Gru.Output> gru = slot("gru", new Gru(16, 5));
    private final Slot<Tensor, Tensor> clip = slot("clip", new Hardtanh(-0.5, 0.5));

    private final RnnSettings shape;

    Reader(RnnSettings shape) {
      this.shape = shape;
      lstm = slot("lstm", new Lstm(6, 8, shape));
    }

    @Override
    protected Tensor forward(Tensor ids) {
      Tensor read = lstm.apply(new Lstm.Input(words.apply(ids), null)).x();
      return clip.apply(gru.apply(new Gru.Input(read, null)).x());
    }

    @Override
    protected Reader twin() {
      return new Reader(shape);
    }
  }

  @Test
  void recurrent_layers_embeddings_and_clips_are_exchanged() {
    var network = new Reader(RnnSettings.DEFAULT.withLayers(2).withBidirectional());
    Tensor ids = Tensor.randint(30, 7, 3);
    Tensor before = run(network, ids);
    Map<String, Tensor> checkpoint = network.copy().stateDict();
    QatReport report =
        Quantize.qat(
            network,
            QatSpec.integers(8)
                .withTable(Quantizers.Int8WeightPerTensorFloat)
                .at("clip", QatSpec.integers(8).withInput(null)));
    assertThat(report.quantized())
        .containsEntry("words", "Embedding → QuantEmbedding")
        .containsEntry("lstm", "Lstm → QuantLstm, with parameters of its own")
        .containsEntry("clip", "Hardtanh → QuantHardTanh");
    assertThat(report.plain().get("gru")).contains("no quantized form", "put(Gru.class");
    Calibration.of(network).run(() -> network.apply(ids));
    network.eval();
    Tensor apart = run(network, ids).sub(before).abs().max();
    assertThat(apart.item()).isPositive().isLessThan(0.05);
    network.train();
    network.apply(ids).square().sum().backward();
    assertThat(network.tensor("lstm.l1_reverse.cell_gate.hidden_weight").grad().abs().sum().item())
        .isPositive();
    Grad.off(() -> network.tensor("lstm.l0.input_gate.input_weight").zero_());
    assertThat(Quantize.loadFloat(network, checkpoint).isClean()).isTrue();
    network.eval();
    assertThat(run(network, ids).sub(before).abs().max().item()).isLessThan(0.05);
  }

  @Test
  void a_recurrent_layer_that_can_not_be_quantized_says_why() {
    var network =
        new Reader(RnnSettings.DEFAULT.withBidirectional().withLayers(2).withDropout(0.2));
    assertThat(Quantize.qat(network, QatSpec.weights(4)).plain())
        .containsEntry("lstm", "has dropout between layers, which the quantized form has not");
  }

  @Test
  void gpt2_keeps_its_prediction_its_ties_and_its_checkpoint() {
    var lm = LanguageModel.shipped();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Quantize.qat(lm.network(), QatSpec.weights(8)))
        .withMessageContaining("load the weights first");
    lm.loadWeights();
    String prompt = "The Eiffel Tower is in the city of";
    String before = lm.next(prompt, 1).getFirst().text();
    Map<String, Tensor> checkpoint = lm.network().stateDict();
    long parameters = lm.network().parameterCount();
    QatReport report = Quantize.qat(lm.network(), QatSpec.weights(8));
    assertThat(report.quantized())
        .containsEntry("transformer.h.0.mlp.c_fc", "Conv1D → QuantConv1D")
        .containsEntry("lm_head", "Linear → QuantLinear");
    assertThat(report.plain())
        .containsEntry("transformer.wte", "the spec has no quantizer for tables")
        .containsKey("transformer.ln_f");
    assertThat(lm.network().parameterCount()).isEqualTo(parameters);
    assertThat(lm.network().tensor("lm_head.weight"))
        .isSameAs(lm.network().tensor("transformer.wte.weight"));
    assertThat(lm.next(prompt, 1).getFirst().text()).isEqualTo(before);
    assertThat(Quantize.loadFloat(lm.network(), checkpoint).isClean()).isTrue();
  }

  @Test
  void gpt2_with_quantized_inputs_and_tables_predicts_and_trains() {
    var lm = LanguageModel.shipped();
    lm.loadWeights();
    String prompt = "The Eiffel Tower is in the city of";
    String before = lm.next(prompt, 1).getFirst().text();
    QatSpec spec =
        QatSpec.integers(8)
            .withTable(Quantizers.Int8WeightPerTensorFloat)
            .except("transformer.h.*.attn");
    QatReport report = Quantize.qat(lm.network(), spec);
    assertThat(report.quantized()).containsKeys("transformer.wte", "transformer.h.3.mlp.c_proj");
    assertThat(report.plain().get("transformer.h.1.attn.c_attn")).startsWith("excepted");
    assertThat(report.quantized())
        .containsEntry(
            "lm_head",
            "Linear → QuantLinear, its weight tied with transformer.wte, on another grid");
    Calibration.of(lm.network()).run(() -> lm.next(prompt, 1));
    assertThat(lm.next(prompt, 1).getFirst().text()).isEqualTo(before);
    lm.network().train();
    Tensor ids = Tensor.randint(100, 2, 6);
    lm.network().transformer.apply(new Gpt2.Tokens(ids)).square().mean().backward();
    for (String path : List.of("mlp.c_fc.weight", "mlp.c_fc.input_quant.scale.value")) {
      Tensor gradient = lm.network().tensor("transformer.h.0." + path).grad();
      assertThat(gradient).as(path).isNotNull();
      assertThat(gradient.abs().sum().item()).as(path).isPositive();
    }
  }
}
