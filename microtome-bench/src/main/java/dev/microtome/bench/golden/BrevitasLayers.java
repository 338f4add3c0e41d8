package dev.microtome.bench.golden;

import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Sequential;
import dev.microtome.quant.ActSettings;
import dev.microtome.quant.PairSettings;
import dev.microtome.quant.QuantCat;
import dev.microtome.quant.QuantConv1d;
import dev.microtome.quant.QuantConv2d;
import dev.microtome.quant.QuantConv3d;
import dev.microtome.quant.QuantConvTranspose1d;
import dev.microtome.quant.QuantConvTranspose2d;
import dev.microtome.quant.QuantConvTranspose3d;
import dev.microtome.quant.QuantEltwiseAdd;
import dev.microtome.quant.QuantEmbedding;
import dev.microtome.quant.QuantHardTanh;
import dev.microtome.quant.QuantIdentity;
import dev.microtome.quant.QuantLinear;
import dev.microtome.quant.QuantReLU;
import dev.microtome.quant.QuantScaleBias;
import dev.microtome.quant.QuantSigmoid;
import dev.microtome.quant.QuantTanh;
import dev.microtome.quant.QuantUpsample;
import dev.microtome.quant.Rounding;
import dev.microtome.quant.TruncAdaptiveAvgPool2d;
import dev.microtome.quant.TruncAvgPool2d;
import dev.microtome.quant.TruncPool;
import dev.microtome.quant.WeightSettings;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Builds the layer a recorded Python call builds.
final class BrevitasLayers {
  static final List<String> CONVOLUTION =
      List.of(
          "in_channels",
          "out_channels",
          "kernel_size",
          "stride",
          "padding",
          "dilation",
          "groups",
          "padding_mode",
          "bias");
  static final List<String> TRANSPOSED =
      List.of(
          "in_channels",
          "out_channels",
          "kernel_size",
          "stride",
          "padding",
          "output_padding",
          "groups",
          "bias",
          "dilation");

  private final JsonNode call;

  private BrevitasLayers(JsonNode call) {
    this.call = call;
  }

  /// The layer of a `class`, `args`, `kwargs`.
  static Layer<?, ?> build(JsonNode call) {
    return new BrevitasLayers(call).layer();
  }

  /// A sequence of them.
  @SuppressWarnings({"rawtypes", "unchecked"}) // layers in sequences take and give tensors
  static Sequential sequence(JsonNode layers) {
    Sequential.Named steps = Sequential.named();
    for (int i = 0; i < layers.size(); i++) {
      steps.add(Integer.toString(i), (Layer<Tensor, Tensor>) build(layers.get(i)));
    }
    return steps.build();
  }

  private BrevitasArguments args(String... names) {
    return new BrevitasArguments(call, List.of(names));
  }

  private JsonNode keywords() {
    return call.path("kwargs");
  }

  private boolean returning() {
    return keywords().path("return_quant_tensor").asBoolean(false);
  }

  private Layer<?, ?> layer() {
    String name = call.path("class").asString("");
    return switch (name) {
      case "QuantIdentity" -> new QuantIdentity(act("Int8ActPerTensorFloat"));
      case "QuantReLU" -> new QuantReLU(act("Uint8ActPerTensorFloat"));
      case "QuantSigmoid" -> new QuantSigmoid(act("Uint8ActPerTensorFloat"));
      case "QuantTanh" -> new QuantTanh(act("Int8ActPerTensorFloat"));
      case "QuantHardTanh" -> hardTanh();
      case "QuantLinear" -> linear();
      case "QuantEmbedding" -> embedding();
      case "QuantScaleBias" -> scaleBias();
      case "QuantEltwiseAdd" -> new QuantEltwiseAdd(pair());
      case "QuantCat" -> new QuantCat(pair());
      case "TruncAvgPool2d", "TruncAdaptiveAvgPool2d" -> truncating(name);
      case "QuantUpsample", "QuantUpsamplingNearest2d", "QuantUpsamplingBilinear2d" ->
          upsample(name);
      default ->
          name.startsWith("QuantConv") ? convolution(name) : new BrevitasPlainLayers(call).layer();
    };
  }

  // ---- quantized ----

  private ActSettings act(@Nullable String preset) {
    return new ActSettings(
        new BrevitasKeywords(keywords(), "").quantizer("act_quant", preset),
        new BrevitasKeywords(keywords(), "input_").quantizer("input_quant", null),
        returning());
  }

  private Layer<?, ?> hardTanh() {
    ActSettings settings = act("Int8ActPerTensorFloatMinMaxInit");
    BrevitasArguments args = args("act_quant");
    Double min = args.real("min_val");
    Double max = args.real("max_val");
    return new QuantHardTanh(
        min == null ? -(max == null ? 1 : max) : min, max == null ? 1 : max, settings);
  }

  private WeightSettings weight(@Nullable String bias) {
    var settings =
        new WeightSettings(
            new BrevitasKeywords(keywords(), "weight_")
                .quantizer("weight_quant", "Int8WeightPerTensorFloat"),
            new BrevitasKeywords(keywords(), "bias_").quantizer("bias_quant", bias),
            new BrevitasKeywords(keywords(), "input_").quantizer("input_quant", null),
            new BrevitasKeywords(keywords(), "output_").quantizer("output_quant", null),
            returning());
    return settings;
  }

  private Layer<?, ?> linear() {
    BrevitasArguments args = args("in_features", "out_features", "bias");
    return new QuantLinear(
        args.whole("in_features", 0),
        args.whole("out_features", 0),
        args.flag("bias", true),
        weight(null));
  }

  private Layer<?, ?> scaleBias() {
    BrevitasArguments args = args("num_features", "bias");
    return new QuantScaleBias(args.whole("num_features", 0), args.flag("bias", true), weight(null));
  }

  private Layer<?, ?> embedding() {
    BrevitasArguments args = args("num_embeddings", "embedding_dim", "padding_idx");
    return new QuantEmbedding(
        args.whole("num_embeddings", 0),
        args.whole("embedding_dim", 0),
        args.get("padding_idx").isNumber() ? args.whole("padding_idx", -1) : -1,
        weight(null).weight(),
        returning());
  }

  private Layer<?, ?> convolution(String name) {
    boolean transposed = name.contains("Transpose");
    var args = new BrevitasArguments(call, transposed ? TRANSPOSED : CONVOLUTION);
    long in = args.whole("in_channels", 0);
    long out = args.whole("out_channels", 0);
    Shape kernel = args.shape("kernel_size", 1);
    ConvSettings conv = conv(args);
    WeightSettings settings = weight(null);
    return switch (name) {
      case "QuantConv1d" -> new QuantConv1d(in, out, kernel, conv, settings);
      case "QuantConv2d" -> new QuantConv2d(in, out, kernel, conv, settings);
      case "QuantConv3d" -> new QuantConv3d(in, out, kernel, conv, settings);
      case "QuantConvTranspose1d" -> new QuantConvTranspose1d(in, out, kernel, conv, settings);
      case "QuantConvTranspose2d" -> new QuantConvTranspose2d(in, out, kernel, conv, settings);
      case "QuantConvTranspose3d" -> new QuantConvTranspose3d(in, out, kernel, conv, settings);
      default -> throw new IllegalStateException("unknown class " + name);
    };
  }

  static ConvSettings conv(BrevitasArguments args) {
    String mode = args.text("padding_mode", "zeros");
    if (!mode.equals("zeros")) {
      throw new IllegalStateException("unknown padding mode " + mode);
    }
    boolean named = args.get("padding").isString();
    boolean same = args.text("padding", "").equals("same");
    return new ConvSettings(
        args.shape("stride", 1),
        named ? new Shape(0) : args.shape("padding", 0), // 'valid' is 0
        args.shape("dilation", 1),
        args.whole("groups", 1),
        args.flag("bias", true),
        args.shape("output_padding", 0),
        same);
  }

  private PairSettings pair() {
    return new PairSettings(
        new BrevitasKeywords(keywords(), "input_")
            .quantizer("input_quant", "Int8ActPerTensorFloat"),
        new BrevitasKeywords(keywords(), "output_")
            .quantizer("output_quant", "Int8ActPerTensorFloat"),
        returning());
  }

  private Layer<?, ?> truncating(String name) {
    boolean adaptive = name.contains("Adaptive");
    BrevitasArguments args = adaptive ? args("output_size") : args("kernel_size", "stride");
    int bits = (int) args.whole("bit_width", TruncPool.BITS);
    boolean floor = args.text("trunc_quant", "RoundTo8bit").equals("TruncTo8bit");
    Rounding rounding =
        args.has("float_to_int_impl_type")
            ? BrevitasKeywords.rounding(
                args.text("float_to_int_impl_type", "").toLowerCase(java.util.Locale.ROOT))
            : floor ? Rounding.FLOOR : Rounding.HALF_EVEN;
    TruncPool pool =
        adaptive
            ? new TruncAdaptiveAvgPool2d(square(args.shape("output_size", 1)), bits, rounding)
            : new TruncAvgPool2d(
                square(args.shape("kernel_size", 1)),
                square(
                    args.get("stride").isNumber() || args.get("stride").isArray()
                        ? args.shape("stride", 1)
                        : args.shape("kernel_size", 1)),
                square(args.shape("padding", 0)),
                bits,
                rounding);
    pool.returnQuantTensor(args.flag("return_quant_tensor", true));
    return pool;
  }

  static Shape square(Shape shape) {
    return shape.rank() == 1 ? new Shape(shape.get(0), shape.get(0)) : shape;
  }

  private Layer<?, ?> upsample(String name) {
    BrevitasArguments args = args("size", "scale_factor", "mode", "align_corners");
    boolean corners = args.flag("align_corners", false) || name.endsWith("Bilinear2d");
    boolean bilinear =
        name.endsWith("Bilinear2d") || args.text("mode", "nearest").equals("bilinear");
    var upsample =
        new QuantUpsample(
            args.get("scale_factor").asDouble(1),
            !bilinear
                ? QuantUpsample.Mode.NEAREST
                : corners ? QuantUpsample.Mode.BILINEAR_CORNERS : QuantUpsample.Mode.BILINEAR);
    upsample.returnQuantTensor(args.flag("return_quant_tensor", true));
    return upsample;
  }

  // ---- plain ----
}
