package dev.microtome.tensor.kernel;

/// Whether loops over vectors are worth calling in this program.
public final class Vectors {
  private static final boolean USABLE =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() && isFullyCompiled();

  private Vectors() {}

  /// True when the Vector API is there, `--add-modules=jdk.incubator.vector`, and the compiler that
  /// turns it into vector instructions is on. Without either each vector would be an object.
  public static boolean areUsable() {
    return USABLE;
  }

  // Hotspot says "emulated-client" for -XX:TieredStopAtLevel=1, "interpreted mode" for -Xint.
  private static boolean isFullyCompiled() {
    String mode = System.getProperty("java.vm.info", "");
    return !mode.contains("interpreted") && !mode.contains("client");
  }
}
