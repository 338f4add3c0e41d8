package dev.microtome.bench.golden;

import dev.microtome.nn.AdaptiveAvgPool2d;
import dev.microtome.nn.AvgPool2d;
import dev.microtome.nn.BatchNorm2d;
import dev.microtome.nn.Conv1d;
import dev.microtome.nn.Conv2d;
import dev.microtome.nn.ConvSettings;
import dev.microtome.nn.ConvTranspose1d;
import dev.microtome.nn.ConvTranspose2d;
import dev.microtome.nn.Dropout;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Flatten;
import dev.microtome.nn.GELU;
import dev.microtome.nn.Hardtanh;
import dev.microtome.nn.Identity;
import dev.microtome.nn.Layer;
import dev.microtome.nn.LeakyReLU;
import dev.microtome.nn.Linear;
import dev.microtome.nn.MaxPool2d;
import dev.microtome.nn.ReLU;
import dev.microtome.nn.SiLU;
import dev.microtome.nn.Sigmoid;
import dev.microtome.nn.Softmax;
import dev.microtome.nn.Tanh;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// Builds PyTorch's own layers of recorded networks. An argument it does not know is an error: the
/// numbers would be those of another layer.
record BrevitasPlainLayers(JsonNode call) {
  private static final List<String> LINEAR = List.of("in_features", "out_features", "bias");
  private static final List<String> EMBEDDING =
      List.of("num_embeddings", "embedding_dim", "padding_idx");
  private static final List<String> POOL = List.of("kernel_size", "stride", "padding");

  Layer<?, ?> layer() {
    String name = call.path("class").asString("");
    return switch (name) {
      case "ReLU" -> new ReLU();
      case "Sigmoid" -> new Sigmoid();
      case "Tanh" -> new Tanh();
      case "SiLU" -> new SiLU();
      case "Identity" -> new Identity<Tensor>();
      case "Flatten", "Dropout", "Hardtanh", "LeakyReLU", "GELU", "Softmax" -> configured(name);
      case "MaxPool2d" -> {
        long[] window = window(args(POOL));
        yield new MaxPool2d(window[0], window[1], window[2]);
      }
      case "AvgPool2d" -> {
        long[] window = window(args(POOL));
        yield new AvgPool2d(window[0], window[1], window[2]);
      }
      case "AdaptiveAvgPool2d" -> {
        Shape size = BrevitasLayers.square(args("output_size").shape("output_size", 1));
        yield new AdaptiveAvgPool2d(size.get(0), size.get(1));
      }
      case "BatchNorm2d" -> {
        BrevitasArguments args = args("num_features", "eps", "momentum");
        yield new BatchNorm2d(
            args.whole("num_features", 1), real(args, "eps", 1e-5), real(args, "momentum", 0.1));
      }
      case "Linear" -> {
        BrevitasArguments args = args(LINEAR);
        yield new Linear(
            args.whole("in_features", 0), args.whole("out_features", 0), args.flag("bias", true));
      }
      case "Embedding" -> {
        BrevitasArguments args = args(EMBEDDING);
        yield new Embedding(
            args.whole("num_embeddings", 0),
            args.whole("embedding_dim", 0),
            args.get("padding_idx").isNumber() ? args.whole("padding_idx", -1) : -1);
      }
      case "Conv1d", "Conv2d", "ConvTranspose1d", "ConvTranspose2d" -> convolution(name);
      default -> throw new IllegalStateException("unknown class " + name);
    };
  }

  private Layer<?, ?> configured(String name) {
    return switch (name) {
      case "Flatten" -> {
        BrevitasArguments args = args("start_dim", "end_dim");
        yield new Flatten(args.whole("start_dim", 1), args.whole("end_dim", -1));
      }
      case "Dropout" -> new Dropout(real(args("p", "inplace"), "p", 0.5));
      case "Hardtanh" -> {
        BrevitasArguments args = args("min_val", "max_val", "inplace");
        yield new Hardtanh(real(args, "min_val", -1), real(args, "max_val", 1));
      }
      case "LeakyReLU" ->
          new LeakyReLU(real(args("negative_slope", "inplace"), "negative_slope", 0.01));
      case "GELU" -> new GELU(args("approximate").text("approximate", "none").equals("tanh"));
      default -> new Softmax(args("dim").whole("dim", -1));
    };
  }

  private Layer<?, ?> convolution(String name) {
    boolean transposed = name.contains("Transpose");
    BrevitasArguments args =
        args(transposed ? BrevitasLayers.TRANSPOSED : BrevitasLayers.CONVOLUTION);
    long in = args.whole("in_channels", 0);
    long out = args.whole("out_channels", 0);
    Shape kernel = args.shape("kernel_size", 1);
    ConvSettings settings = BrevitasLayers.conv(args);
    return switch (name) {
      case "Conv1d" -> new Conv1d(in, out, kernel, settings);
      case "Conv2d" -> new Conv2d(in, out, kernel, settings);
      case "ConvTranspose1d" -> new ConvTranspose1d(in, out, kernel, settings);
      default -> new ConvTranspose2d(in, out, kernel, settings);
    };
  }

  /// Size, step and padding of a square window.
  private static long[] window(BrevitasArguments args) {
    long size = side(args.shape("kernel_size", 1));
    boolean steps = args.has("stride") && !args.get("stride").isNull();
    return new long[] {
      size, steps ? side(args.shape("stride", size)) : size, side(args.shape("padding", 0))
    };
  }

  private static long side(Shape shape) {
    if (Arrays.stream(shape.dims()).anyMatch(size -> size != shape.get(0))) {
      throw new IllegalStateException("pools have square windows here, not " + shape);
    }
    return shape.get(0);
  }

  private static double real(BrevitasArguments args, String name, double otherwise) {
    Double given = args.real(name);
    return given == null ? otherwise : given;
  }

  private BrevitasArguments args(String... names) {
    return args(List.of(names));
  }

  private BrevitasArguments args(List<String> names) {
    for (String keyword : call.path("kwargs").propertyNames()) {
      if (!names.contains(keyword)) {
        throw new IllegalStateException(
            "unknown argument %s of %s".formatted(keyword, call.path("class")));
      }
    }
    return new BrevitasArguments(call, names);
  }
}
