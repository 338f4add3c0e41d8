package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every tensor the Python walkthroughs print: built from its printed numbers, it prints the same.
class PrintedWalkthroughsTest {
  private static final Pattern DTYPE = Pattern.compile("dtype=(torch\\.\\w+)");
  private static final Pattern MAKER = Pattern.compile("grad_fn=<(\\w+)>");

  record Golden(PrintOptions options, String text) {}

  static Stream<Golden> goldens() throws IOException {
    try (InputStream in = PrintedWalkthroughsTest.class.getResourceAsStream("printed.txt")) {
      String all = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return Arrays.stream(all.split("### ", -1))
          .filter(s -> !s.isBlank())
          .map(block -> golden(block));
    }
  }

  private static Golden golden(String block) {
    int end = block.indexOf('\n');
    String[] options = block.substring(0, end).split(" ", -1);
    return new Golden(
        PrintOptions.DEFAULT
            .withPrecision(Integer.parseInt(options[0]))
            .withLineWidth(Integer.parseInt(options[1]))
            .withSciMode(options[2].equals("null") ? null : Boolean.valueOf(options[2])),
        block.substring(end + 1).stripTrailing());
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void a_tensor_prints_as_in_the_walkthrough(Golden golden) {
    Tensor tensor = tensor(golden.text());

    assertThat(PrintOptions.with(golden.options(), tensor::toString)).isEqualTo(golden.text());
  }

  @Test
  void all_of_them_are_here() throws IOException {
    assertThat(goldens().count()).isGreaterThan(50);
  }

  private static Tensor tensor(String text) {
    String body = text.substring("tensor(".length(), text.length() - 1);
    int comma = body.indexOf(", ", Math.max(0, body.lastIndexOf(']')));
    int line = body.indexOf(",\n", Math.max(0, body.lastIndexOf(']')));
    int end = comma < 0 ? (line < 0 ? body.length() : line) : comma;
    Tensor numbers = numbers(body.substring(0, end));
    var dtype = DTYPE.matcher(text);
    if (dtype.find()) {
      numbers = numbers.to(DType.named(dtype.group(1)));
    }
    var maker = MAKER.matcher(text);
    return maker.find() ? made(numbers, maker.group(1)) : numbers;
  }

  private static Tensor numbers(String body) {
    String flat = body.replaceAll("[\\[\\]\\s]", "");
    String[] parts = flat.split(",", -1);
    long[] shape = shape(body, parts.length);
    if (flat.startsWith("T")) {
      return Tensor.from(new boolean[] {flat.equals("True")}, shape);
    }
    if (!flat.contains(".")) {
      return Tensor.from(Stream.of(parts).mapToLong(Long::parseLong).toArray(), shape);
    }
    double[] numbers = Stream.of(parts).mapToDouble(Double::parseDouble).toArray();
    return Tensor.from(numbers, shape).to(DType.FLOAT32);
  }

  /// Sizes, from how often the brackets of each depth open.
  private static long[] shape(String body, int count) {
    int rank = body.indexOf(body.replace("[", "").charAt(0));
    long[] blocks = new long[rank + 1];
    int depth = 0;
    for (int i = 0; i < body.length(); i++) {
      char c = body.charAt(i);
      if (c == '[') {
        blocks[depth++]++;
      } else if (c == ']') {
        depth--;
      }
    }
    blocks[rank] = count;
    long[] shape = new long[rank];
    for (int d = 0; d < rank; d++) {
      shape[d] = blocks[d + 1] / blocks[d];
    }
    return shape;
  }

  private static Tensor made(Tensor numbers, String maker) {
    Tensor leaf = numbers.requiresGrad_(true);
    return switch (maker) {
      case "MulBackward0" -> leaf.mul(1);
      case "AliasBackward0" -> Ops.tensor("aten::alias", leaf);
      case "ReluBackward0" -> leaf.relu();
      case "WhereBackward0" -> leaf.where(Tensor.of(true).squeeze(), leaf);
      case "SumBackward0" -> leaf.sum();
      case "SqrtBackward0" -> numbers.detach().square().requiresGrad_(true).sqrt();
      case "SqueezeBackward4" -> Ops.tensor("aten::squeeze_", leaf.mul(1).unsqueeze(0), 0);
      default -> throw new IllegalArgumentException(maker);
    };
  }
}
