package dev.microtome.bench.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Low-bit weights and adapters against what hqq, PEFT and the notebooks recorded.
class HqqGoldensTest {
  @Test
  void everything_recorded_agrees() throws URISyntaxException {
    Path dir = Path.of(Objects.requireNonNull(getClass().getResource("/hqq")).toURI());
    GoldenReport report = HqqGoldens.replay(dir);
    assertThat(report.files()).hasSize(10);
    assertThat(report.files())
        .allSatisfy(file -> {
          assertThat(file.failures()).as(file.file()).isEmpty();
          assertThat(file.passed()).as(file.file()).isPositive();
        });
    assertThat(report.passed()).isGreaterThan(1000);
  }

  @Test
  void what_differs_or_is_broken_counts_as_failed(@TempDir Path dir) throws Exception {
    Files.writeString(
        dir.resolve("wrong.json"),
        """
        {"format": "qdora-goldens/1", "cases": [{"name": "wrong", "packing": "4bit_u8",
          "W_q": {"dtype": "int32", "shape": [2, 1], "data": [1, 2]},
          "packed": {"dtype": "uint8", "shape": [1, 1], "data": [19]}}]}
        """);
    Files.writeString(dir.resolve("broken.json"), "{\"format\": ");
    Files.writeString(
        dir.resolve("new.json"),
        "{\"format\": \"qdora-goldens/1\", \"cases\": [{\"name\": \"a\", \"something\": 1}]}");
    GoldenReport report = HqqGoldens.replay(dir);
    assertThat(report.isGood()).isFalse();
    assertThat(report.files()).allSatisfy(file -> assertThat(file.failed()).isPositive());
  }
}
