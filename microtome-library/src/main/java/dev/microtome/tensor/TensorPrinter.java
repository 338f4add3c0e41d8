package dev.microtome.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// Prints a tensor as PyTorch prints it: `tensor([[1., 2.]], dtype=torch.float16)`.
final class TensorPrinter {
  private static final String PREFIX = "tensor(";

  private final PrintOptions options;

  private TensorPrinter(PrintOptions options) {
    this.options = options;
  }

  static String print(DenseTensor tensor, PrintOptions options) {
    return Scope.run(() -> new TensorPrinter(options).whole(tensor));
  }

  private String whole(DenseTensor tensor) {
    var suffixes = new ArrayList<String>();
    if (!tensor.device().equals(Device.CPU)) {
      suffixes.add("device='" + tensor.device() + "'");
    }
    String content = content(tensor, suffixes);
    String gradient = gradient(tensor);
    if (gradient != null) {
      suffixes.add(gradient);
    }
    return PREFIX + withSuffixes(content, suffixes);
  }

  private String content(DenseTensor tensor, List<String> suffixes) {
    DType dtype = tensor.dtype();
    if (tensor.device().equals(Device.META)) {
      suffixes.add("size=" + tuple(tensor.shape()));
      addDtype(dtype, dtype == DType.FLOAT32, suffixes);
      return "...";
    }
    if (dtype.isQuantized()) {
      suffixes.add("size=" + tuple(tensor.shape()));
      addDtype(dtype, false, suffixes);
      QuantizedSuffix.add(tensor, suffixes);
      return numbers(Ops.tensor("aten::dequantize", tensor).dense());
    }
    if (tensor.numel() == 0) {
      if (tensor.dim() != 1) {
        suffixes.add("size=" + tuple(tensor.shape()));
      }
      addDtype(dtype, dtype == DType.FLOAT32, suffixes);
      return "[]";
    }
    if (options.edgeItems() == 0) {
      suffixes.add("size=" + tuple(tensor.shape()));
    }
    addDtype(dtype, isDefault(dtype), suffixes);
    return numbers(tensor);
  }

  private static void addDtype(DType dtype, boolean isDefault, List<String> suffixes) {
    if (!isDefault) {
      suffixes.add("dtype=" + dtype);
    }
  }

  private static boolean isDefault(DType dtype) {
    return switch (dtype) {
      case FLOAT32, COMPLEX64, INT64, BOOL -> true;
      default -> false;
    };
  }

  /// `(2, 3)`, `(2,)` or `()`.
  private static String tuple(Shape shape) {
    return LongStream.of(shape.dims())
        .mapToObj(Long::toString)
        .collect(Collectors.joining(", ", "(", shape.rank() == 1 ? ",)" : ")"));
  }

  private static @Nullable String gradient(DenseTensor tensor) {
    String maker = Autograd.makerOf(tensor);
    if (maker != null) {
      return "grad_fn=<" + maker + ">";
    }
    return tensor.requiresGrad() ? "requires_grad=True" : null;
  }

  private String withSuffixes(String content, List<String> suffixes) {
    var text = new StringBuilder(content);
    int lastLine = content.length() - content.lastIndexOf('\n') + 1;
    for (String suffix : suffixes) {
      if (lastLine + suffix.length() + 2 > options.lineWidth()) {
        text.append(",\n").append(" ".repeat(PREFIX.length())).append(suffix);
        lastLine = PREFIX.length() + suffix.length();
      } else {
        text.append(", ").append(suffix);
        lastLine += suffix.length() + 2;
      }
    }
    return text.append(')').toString();
  }

  private String numbers(DenseTensor tensor) {
    if (tensor.numel() == 0) {
      return "[]";
    }
    Tensor here = tensor.device().equals(Device.CPU) ? tensor : tensor.to(Device.CPU);
    var shown = PrintedNumbers.of(here.dense(), options);
    return shown.shape().length == 0 ? shown.cell(0) : block(shown, 0, 0);
  }

  /// The brackets of dimension `dim`, starting with number `from`.
  private String block(PrintedNumbers shown, int dim, int from) {
    long[] shape = shown.shape();
    boolean innermost = dim == shape.length - 1;
    int step = 1;
    for (int inner = dim + 1; inner < shape.length; inner++) {
      step *= (int) shape[inner];
    }
    var parts = new ArrayList<String>();
    for (int i = 0; i < shape[dim]; i++) {
      if (shown.isCut(dim) && i == options.edgeItems()) {
        parts.add(innermost ? " ..." : "...");
      }
      int at = from + i * step;
      parts.add(innermost ? shown.cell(at) : block(shown, dim + 1, at));
    }
    if (shape[dim] == 0) {
      parts.add("...");
    }
    return innermost ? row(parts, shown.width(), dim) : joined(parts, shape.length - dim, dim);
  }

  private static String joined(List<String> blocks, int rank, int dim) {
    return String.join(",\n".concat("\n".repeat(rank - 2)) + indent(dim), blocks)
        .transform(TensorPrinter::bracketed);
  }

  private String row(List<String> cells, int width, int dim) {
    int perLine = Math.max(1, (options.lineWidth() - PREFIX.length() - dim) / (width + 2));
    var lines = new ArrayList<String>();
    for (int i = 0; i < cells.size(); i += perLine) {
      lines.add(String.join(", ", cells.subList(i, Math.min(cells.size(), i + perLine))));
    }
    return bracketed(String.join(",\n" + indent(dim), lines));
  }

  private static String bracketed(String text) {
    return "[" + text + "]";
  }

  private static String indent(int dim) {
    return " ".repeat(PREFIX.length() + dim + 1);
  }
}
