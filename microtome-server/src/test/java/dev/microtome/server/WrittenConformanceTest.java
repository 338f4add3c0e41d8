package dev.microtome.server;

import dev.microtome.models.ModelHost;

/// In this process, through the written forms of job, result and failure.
class WrittenConformanceTest extends Conformance {
  private static final ModelHost HOST = new WrittenHost();

  @Override
  ModelHost host() {
    return HOST;
  }
}
