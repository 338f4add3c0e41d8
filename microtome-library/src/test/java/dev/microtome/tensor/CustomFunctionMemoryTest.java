package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CustomFunctionMemoryTest {
  private static final CustomFunction ROUND =
      Autograd.function(Tensor::round, (_, gradient) -> gradient);

  // In a process of its own whose Java heap can't grow: what grows is native.
  @Test
  void memory_is_flat_over_100_000_uses_with_and_without_backward() throws Exception {
    var child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                CustomFunctionMemoryTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(child.waitFor()).as(output).isZero();
    assertThat(output).contains("graphs left: 0");
    // 100 000 forgotten graphs would be far above 100 MB, forgotten callbacks about 30 MB.
    assertThat(Long.parseLong(output.replaceAll("(?s).*grown by kB: (-?\\d+).*", "$1")))
        .as(output)
        .isLessThan(15_000);
  }

  public static void main(String[] args) throws IOException {
    Torch.threads(1);
    Tensor x = Tensor.ones(256).requiresGrad_(true);
    use(x, 20_000);
    long before = residentKilobytes();
    use(x, 100_000);
    System.out.println("grown by kB: " + (residentKilobytes() - before));
    System.out.println("graphs left: " + GraphEnd.alive());
  }

  private static void use(Tensor x, int times) {
    Tensor ones = x.detach();
    for (int i = 0; i < times; i++) {
      boolean run = i % 2 == 0;
      Scope.run(() -> {
        Tensor y = ROUND.apply(x);
        if (run) {
          y.backward(ones, false, false);
        }
      });
    }
    System.gc();
  }

  /// Zero where the system has no `/proc`; then only the graphs are counted.
  private static long residentKilobytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    return !Files.exists(status)
        ? 0
        : Files.readAllLines(status).stream()
            .filter(line -> line.startsWith("VmRSS"))
            .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
            .sum();
  }
}
