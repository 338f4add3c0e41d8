package dev.microtome.tensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.bytedeco.javacpp.Loader;

/// Loads libtorch safely. Every class that touches `org.bytedeco` statically calls [#load] first.
final class Natives {
  static {
    // JavaCPP would track every temporary with a phantom reference: most of the cost of a small
    // operation. DenseTensor owns what lives longer; temporaries are closed where they are made.
    if (System.getProperty("org.bytedeco.javacpp.nopointergc") == null) {
      System.setProperty("org.bytedeco.javacpp.nopointergc", "true");
    }
    // All native files must be extracted before the first is loaded: else libtorch.so may bind a
    // libtorch_cpu.so of the operating system and crash, and only on the first run of a machine.
    try {
      Loader.cacheResources("/org/bytedeco/pytorch/" + Loader.getPlatform() + "/");
    } catch (IOException e) {
      throw new UncheckedIOException(
          "could not unpack libtorch into JavaCPP's cache; is ~/.javacpp writable and not full?",
          e);
    }
    Loader.load(org.bytedeco.pytorch.global.torch.class);
  }

  private Natives() {}

  static void load() {}
}
