package dev.microtome.bench.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What was recorded of Brevitas, replayed through the public API.
class BrevitasGoldensTest {
  private static final Path RECORDED = Path.of("src/test/resources/brevitas");

  @Test
  void everything_recorded_of_brevitas_agrees() {
    GoldenReport report = BrevitasGoldens.replay(RECORDED);
    assertThat(report.files()).hasSize(13);
    assertThat(report.files()).allSatisfy(file -> assertThat(file.failures()).isEmpty());
    assertThat(report.passed()).isGreaterThanOrEqualTo(326);
  }

  @Test
  void a_wrong_number_is_found(@TempDir Path dir) throws IOException {
    String stats = Files.readString(RECORDED.resolve("stats.json"));
    String start = "\"output\":{\"shape\":[],\"dtype\":\"float32\",\"data\":[";
    int at = stats.indexOf(start) + start.length();
    Files.writeString(
        dir.resolve("stats.json"), stats.substring(0, at) + "9" + stats.substring(at));
    GoldenReport report = BrevitasGoldens.replay(dir);
    assertThat(report.failed()).isEqualTo(1);
    assertThat(report.files().getFirst().line()).endsWith("32 passed, 1 failed, 0 upstream_bug");
  }

  @Test
  void an_unknown_kind_fails_and_does_not_stop_the_others(@TempDir Path dir) throws IOException {
    Files.writeString(
        dir.resolve("some.json"),
        """
        {"schema": 1, "family": "some", "cases": [
          {"id": "a", "kind": "nothing we know"},
          {"id": "b", "kind": "int_range", "rows": [
            {"bit_width": 3, "signed": true, "narrow": true, "min": -3.0, "max": 3.0}]}]}
        """);
    GoldenReport report = BrevitasGoldens.replay(dir);
    assertThat(report.passed()).isEqualTo(1);
    assertThat(report.failed()).isEqualTo(1);
  }
}
