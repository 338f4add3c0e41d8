package dev.microtome.bench.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Observers against what PyTorch 1.13 recorded.
class DynquantGoldensTest {
  @Test
  void observers_agree() throws URISyntaxException {
    Path dir = Path.of(Objects.requireNonNull(getClass().getResource("/dynquant")).toURI());
    GoldenReport report = DynquantGoldens.replay(dir);
    assertThat(report.files())
        .singleElement()
        .satisfies(file -> {
          assertThat(file.failures()).isEmpty();
          assertThat(file.passed()).isGreaterThan(200);
        });
  }

  @Test
  void another_value_counts_as_failed(@TempDir Path dir) throws Exception {
    Files.writeString(
        dir.resolve("observers.json"),
        """
        {"batches": [{"shape": [2], "dtype": "float32", "data": [0.0, 255.0]}],
         "cases": [{"name": "MinMax_quint8_affine", "scale": [2.0], "zero_point": [0],
           "min_val": [0.0], "max_val": [255.0], "quant_min": 0, "quant_max": 255},
          {"name": "Entropy_quint8_affine", "scale": [1.0]}]}
        """);
    GoldenReport report = DynquantGoldens.replay(dir);
    assertThat(report.files())
        .singleElement()
        .satisfies(file -> {
          assertThat(file.failed()).isEqualTo(2);
          assertThat(file.passed()).isPositive();
        });
  }
}
