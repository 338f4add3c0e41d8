package dev.microtome.bench;

import dev.microtome.tensor.Torch;
import java.util.Locale;

/// The most memory a training step takes, as Linux counts it: by how much the process grows beyond
/// what it had before.
final class QatMemory {
  private static final int IMAGES = 256;
  private static final int WARM_UPS = 3;
  private static final int STEPS = 3;

  private QatMemory() {}

  /// Bytes, the most of several steps.
  static long of(QatNetwork network) {
    return OwnProcess.number(QatMemory.class, network.name());
  }

  /// What the process runs: prints the bytes for the network of this name.
  public static void main(String[] args) {
    Torch.threads(1);
    Torch.manualSeed(0);
    Runnable step = QatNetwork.valueOf(args[0].toUpperCase(Locale.ROOT)).step(IMAGES);
    for (int i = 0; i < WARM_UPS; i++) {
      step.run();
    }
    long most = 0;
    for (int i = 0; i < STEPS; i++) {
      most = Math.max(most, ProcessMemory.grown(step));
    }
    System.out.println(most);
  }
}
