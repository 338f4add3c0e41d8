package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class CustomFunctionMemoryTest {
  private static final CustomFunction ROUND =
      Autograd.function(Tensor::round, (_, gradient) -> gradient);

  @Test
  void memory_is_flat_over_100_000_uses_with_and_without_backward() throws IOException {
    Tensor x = Tensor.ones(256).requiresGrad_(true);
    use(x, 10_000);
    long before = residentKilobytes();
    int alive = GraphEnd.alive();

    use(x, 100_000);

    // 100 000 forgotten graphs of one kilobyte would be 100 MB, forgotten callbacks about 30 MB.
    assertThat(residentKilobytes() - before).isLessThan(20_000);
    assertThat(GraphEnd.alive()).isEqualTo(alive);
  }

  private static void use(Tensor x, int times) {
    for (int i = 0; i < times; i++) {
      boolean run = i % 2 == 0;
      Scope.run(() -> {
        Tensor y = ROUND.apply(x);
        if (run) {
          y.backward(x.detach(), false, false);
        }
      });
    }
    System.gc();
  }

  /// On Linux; elsewhere nothing to read, and only the count of graphs is checked.
  private static long residentKilobytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return 0;
    }
    String line =
        Files.readAllLines(status).stream()
            .filter(each -> each.startsWith("VmRSS"))
            .findFirst()
            .orElseThrow();
    return Long.parseLong(line.replaceAll("\\D", "").toLowerCase(Locale.ROOT));
  }
}
