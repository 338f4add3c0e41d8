package dev.microtome.cli;

import dev.microtome.lowbit.LowBit;
import picocli.CommandLine.Option;

/// How weights are quantized, but for their bits; mixed into the commands that do so.
final class LowBitOptions {
  /// How scales and zeros are found.
  enum Solver {
    LEAST_SQUARES,
    HQQ,
    NEAREST
  }

  @Option(
      names = "--group-size",
      paramLabel = "N",
      defaultValue = "64",
      description = "Weights that share a scale and a zero; 0 for whole rows.")
  private long groupSize;

  @Option(
      names = "--axis",
      paramLabel = "0|1",
      defaultValue = "1",
      description = "Groups along rows (1) or across them (0).")
  private int axis;

  @Option(
      names = "--solver",
      paramLabel = "NAME",
      defaultValue = "LEAST_SQUARES",
      description = "How scales and zeros are found: ${COMPLETION-CANDIDATES}.")
  private Solver solver = Solver.LEAST_SQUARES;

  LowBit settings(double bits, Output output) {
    try {
      LowBit settings = LowBit.bits(bits).groupSize(groupSize).axis(axis);
      return switch (solver) {
        case LEAST_SQUARES -> settings.leastSquares();
        case HQQ -> settings.hqq();
        case NEAREST -> settings.nearest();
      };
    } catch (IllegalArgumentException senseless) {
      throw output.misuse(String.valueOf(senseless.getMessage()));
    }
  }
}
