package dev.microtome.tensor;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/// Settings of libtorch: seed, threads, build.
public final class Torch {
  static {
    Natives.load();
  }

  private Torch() {}

  /// Seeds the CPU generator; the numbers that follow are PyTorch's.
  public static void manualSeed(long seed) {
    torch.manual_seed(seed);
  }

  /// Threads one operation may use (of libtorch, not of its BLAS: see `OPENBLAS_NUM_THREADS`).
  public static void threads(int count) {
    if (count < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + count);
    }
    torch.set_num_threads(count);
  }

  public static int threads() {
    return torch.get_num_threads();
  }

  /// Bytes owned by tensors that were neither closed nor collected.
  public static long liveBytes() {
    return NativeMemory.liveBytes();
  }

  /// How libtorch was built: version, BLAS, vector instructions.
  public static String buildInfo() {
    return torch.show_config().getString();
  }

  /// The vector instructions libtorch's kernels use here: `AVX512`, `AVX2` or `DEFAULT`.
  public static String cpuCapability() {
    return torch.get_cpu_capability().getString();
  }

  /// Version of libtorch, like `2.10.0`.
  public static String version() {
    return buildInfo().replaceFirst("(?s).*TORCH_VERSION=([^,\\s]*).*", "$1");
  }

  /// Which BLAS multiplies matrices, how it was built and for which processor it runs.
  public static String blasInfo() {
    return Blas.info();
  }

  /// Where the native libraries are unpacked; changed with `-Dorg.bytedeco.javacpp.cachedir=DIR`.
  public static Path nativeCache() {
    try {
      return Loader.getCacheDir().toPath();
    } catch (IOException e) {
      throw new UncheckedIOException("there is no folder to unpack native libraries into", e);
    }
  }
}
