package dev.microtome.quant.onnx;

import static dev.microtome.quant.Quantizers.Int8ActPerTensorFloat;
import static dev.microtome.quant.Quantizers.SignedBinaryWeightPerTensorConst;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.microtome.nn.Flatten;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Lstm;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.Sequential;
import dev.microtome.quant.ActSettings;
import dev.microtome.quant.QuantConv2d;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantLinear;
import dev.microtome.quant.QuantLstm;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.QuantUpsample;
import dev.microtome.quant.Rounding;
import dev.microtome.quant.TruncAvgPool2d;
import dev.microtome.quant.WeightSettings;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Names, shapes and refusals of exports. That nodes and constants are right is held by recorded
/// graphs, which the goldens of Brevitas replay.
class OnnxExportTest {
  private static Sequential network() {
    var network =
        new Sequential(
            new QuantIdentity(),
            new QuantConv2d(1, 2, 3),
            new QuantReLU(),
            new MaxPool2d(2),
            new Flatten(),
            new QuantLinear(8, 3));
    network.apply(Tensor.randn(1, 1, 6, 6));
    return network;
  }

  @Test
  void names_are_paths_and_edges_have_shapes() {
    OnnxGraph graph = OnnxExport.qcdq(network(), Tensor.randn(1, 1, 6, 6));
    assertThat(graph.nodes())
        .extracting(OnnxGraph.Node::name)
        .contains("0.quantized", "1.Conv", "1.weight.out", "2.Relu", "5.Gemm");
    assertThat(graph.edges().get("1.Conv").shape()).hasToString("[1, 2, 4, 4]");
    assertThat(graph.output().shape()).hasToString("[1, 3]");
    assertThat(graph.nodes()).extracting(OnnxGraph.Node::operator).contains("MaxPool", "Flatten");
  }

  @Test
  void a_written_file_holds_the_model(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("net.onnx");
    OnnxFile.write(OnnxExport.qonnx(network(), Tensor.randn(1, 1, 6, 6)), file);
    byte[] bytes = Files.readAllBytes(file);
    assertThat(bytes).startsWith(8, 8); // field 1, IR version 8
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
        .contains("microtome", "qonnx.custom_op.general", "rounding_mode", "1.weight.real");
  }

  @Test
  void what_onnx_can_not_say_is_refused_by_name() {
    var binary =
        new Sequential(new QuantLinear(2, 2, WeightSettings.of(SignedBinaryWeightPerTensorConst)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnnxExport.qcdq(binary, Tensor.randn(1, 2)))
        .withMessageStartingWith("Binary quant not supported")
        .withMessageContaining("0.weight");
    assertThat(OnnxExport.qonnx(binary, Tensor.randn(1, 2)).nodes().getFirst().operator())
        .isEqualTo("BipolarQuant");
    var wide =
        new Sequential(new QuantIdentity(ActSettings.of(Int8ActPerTensorFloat.withBits(16))));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnnxExport.qcdq(wide, Tensor.randn(2)))
        .withMessageStartingWith("Bit width 16 is not supported.");
    var floor =
        new Sequential(
            new QuantIdentity(ActSettings.of(Int8ActPerTensorFloat.withRounding(Rounding.FLOOR))));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnnxExport.qcdq(floor, Tensor.randn(2)))
        .withMessageContaining("rounds floor");
  }

  /// A network around a recurrent layer.
  private static final class Recurrent extends Layer<Tensor, Tensor> {
    private final QuantLstm lstm = child("lstm", new QuantLstm(3, 4));

    @Override
    protected Tensor forward(Tensor x) {
      return lstm.apply(new Lstm.Input(x, null)).x();
    }
  }

  @Test
  void layers_without_a_form_are_refused_with_the_reason() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnnxExport.qcdq(new Recurrent(), Tensor.randn(5, 2, 3)))
        .withMessageContaining("lstm (QuantLstm)")
        .withMessageContaining("put nothing on a grid between two steps");
    var between =
        new Sequential(
            new QuantIdentity(ActSettings.of(Int8ActPerTensorFloat).returningQuantTensor()),
            new QuantUpsample(2, QuantUpsample.Mode.BILINEAR));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> OnnxExport.qcdq(between, Tensor.randn(1, 1, 4, 4)))
        .withMessageContaining("1: between pixels lie exact halves");
  }

  @Test
  void cut_bits_are_one_node_of_qonnx() {
    var network =
        new Sequential(
            new QuantIdentity(ActSettings.of(Int8ActPerTensorFloat).returningQuantTensor()),
            new TruncAvgPool2d(2));
    network.apply(Tensor.randn(1, 1, 4, 4));
    OnnxGraph graph = OnnxExport.qonnx(network, Tensor.randn(1, 1, 4, 4));
    OnnxGraph.Node cut = graph.nodes().getLast();
    assertThat(cut.operator()).isEqualTo("Trunc");
    assertThat(cut.attributes()).containsEntry("rounding_mode", "ROUND");
    double fine = graph.constants().get(cut.inputs().get(1)).item();
    double coarse = graph.constants().get(cut.inputs().get(4)).item();
    assertThat(coarse / fine).isEqualTo(4); // 10 bits to 8
  }

  @Test
  void exporting_changes_nothing() {
    Sequential network = network();
    OnnxExport.qcdq(network, Tensor.randn(1, 1, 6, 6));
    assertThat(network.isTraining()).isTrue();
    assertThat(network.tensor("0.act_quant.scale.count").itemLong()).isEqualTo(1);
    assertThat(network.get(0).isHooked()).isFalse();
  }
}
