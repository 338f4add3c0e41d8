package dev.microtome.bench;

import dev.microtome.lowbit.kernel.Precision;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;

/// What a process holds at most in a training step, weights, optimizer and activations (Linux).
final class FinetuneMemory {
  private FinetuneMemory() {}

  /// What the process runs: a small network first, which loads classes.
  ///
  /// @param args `float32` or `3 bits`, and how many blocks
  public static void main(String[] args) {
    Torch.threads(1);
    Torch.manualSeed(0);
    var job = new FinetuneJob[1];
    Tensor ids = FinetuneJob.ids();
    Tensor targets = FinetuneJob.targets();
    System.out.println(
        ProcessMemory.held(
            () -> {
              int blocks = Integer.parseInt(args[1]);
              job[0] =
                  args[0].equals("float32")
                      ? FinetuneJob.plain(blocks)
                      : FinetuneJob.small(blocks, Precision.FULL);
              job[0].step(ids, targets); // what AdamW remembers
            },
            () -> job[0].step(ids, targets)));
  }
}
