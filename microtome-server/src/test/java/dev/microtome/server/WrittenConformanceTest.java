package dev.microtome.server;

import dev.microtome.models.ModelHost;
import java.util.function.Consumer;

/// In this process, through the written forms of job, result and failure.
class WrittenConformanceTest extends Conformance {
  private static final ModelHost HOST = new WrittenHost(_ -> {});

  @Override
  ModelHost host() {
    return HOST;
  }

  @Override
  ModelHost host(Consumer<String> lines) {
    return new WrittenHost(lines);
  }
}
