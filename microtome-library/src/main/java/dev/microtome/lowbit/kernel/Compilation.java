package dev.microtome.lowbit.kernel;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.LoggerFactory;

/// How HotSpot is to compile written kernels: by its optimizing compiler alone, and waiting for it.
///
/// The first compiler may run out of registers in the midst of a kernel it has compiled in a
/// simpler way before; HotSpot then stays with that, hundreds of times slower, for good. And what
/// runs while the optimizing compiler works is so slow that waiting for it is faster.
final class Compilation {
  /// Whether HotSpot was told.
  static final boolean DIRECTED = direct();

  private Compilation() {}

  private static boolean direct() {
    try {
      Path file = Files.createTempFile("microtome-kernels", ".json");
      try {
        String folder = Compilation.class.getPackageName().replace('.', '/');
        Files.writeString(
            file,
            """
            [{ match: ["%s/Written*.run"],
               c1: { Exclude: true },
               c2: { BackgroundCompilation: false } }]
            """
                .formatted(folder));
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "compilerDirectivesAdd",
                new Object[] {new String[] {file.toString()}},
                new String[] {String[].class.getName()});
        return true;
      } finally {
        Files.delete(file);
      }
    } catch (JMException | java.io.IOException | SecurityException e) {
      LoggerFactory.getLogger(Compilation.class)
          .info("low-bit kernels may take longer to become fast: {}", e.toString());
      return false;
    }
  }
}
