package dev.microtome.server.worker;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A Java process of our own that talks in [Frame]s over its standard input and output. It gets the
/// class path of this one, a clean environment, and one thread of libtorch for each of `threads`.
final class Child implements AutoCloseable {
  /// For one that multiplies with kernels of its own: they are slow without the best compiler.
  static final String VECTORS = "--add-modules=jdk.incubator.vector";

  /// For one that computes nothing itself: it starts sooner.
  static final String QUICK_COMPILER = "-XX:TieredStopAtLevel=1";

  private static final List<String> INHERITED =
      List.of("PATH", "HOME", "TMPDIR", "LANG", "OPENBLAS_NUM_THREADS");
  private static final long PAGE = 4096;

  private final Process process;
  private final DataOutputStream out;
  private final DataInputStream in;
  private final ReentrantLock sending = new ReentrantLock();

  private Child(Process process) {
    this.process = process;
    this.out = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
    this.in = new DataInputStream(new BufferedInputStream(process.getInputStream()));
  }

  /// Starts `main`; what it writes to its standard error is appended to `log`.
  ///
  /// @param compiler the option that says how its code is compiled
  /// @param memory bytes its tensors may take
  static Child start(
      Class<?> main, String compiler, long memory, int threads, Path log, String... args)
      throws IOException {
    var options =
        List.of(
            compiler,
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + log.resolveSibling("crash-%p.log"),
            "-Dmicrotome.memory.limit=" + memory);
    Files.createDirectories(log.toAbsolutePath().getParent());
    ProcessBuilder builder = new JavaProgram(main, options, args).command();
    builder.environment().keySet().retainAll(INHERITED);
    builder.environment().put("OMP_NUM_THREADS", Integer.toString(threads));
    builder.environment().putIfAbsent("OPENBLAS_NUM_THREADS", Integer.toString(threads));
    builder.environment().put("OMP_WAIT_POLICY", "passive");
    builder.redirectError(ProcessBuilder.Redirect.appendTo(new File(log.toString())));
    return new Child(builder.start());
  }

  void send(Frame frame) throws IOException {
    sending.lock();
    try {
      frame.writeTo(out);
    } finally {
      sending.unlock();
    }
  }

  /// Sends a frame, unless another is on its way; tells whether it did.
  boolean offer(Frame frame) throws IOException {
    if (!sending.tryLock()) {
      return false;
    }
    try {
      frame.writeTo(out);
      return true;
    } finally {
      sending.unlock();
    }
  }

  /// The next thing it says, or null when it ended.
  @Nullable Frame receive() throws IOException {
    return Frame.read(in);
  }

  /// Whether it has begun to say something.
  boolean isSpeaking() throws IOException {
    return in.available() > 0;
  }

  long id() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /// Ends it at once.
  void kill() {
    process.destroyForcibly();
  }

  /// Bytes of memory it holds, or 0 when the system does not tell.
  long memory() {
    try {
      String[] pages =
          Files.readString(Path.of("/proc/" + process.pid() + "/statm")).split(" ", -1);
      return Long.parseLong(pages[1]) * PAGE;
    } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException unknown) {
      return 0;
    }
  }

  /// Closes its input, upon which it ends.
  @Override
  public void close() {
    try {
      out.close();
    } catch (IOException gone) {
      // it has ended already
    }
    try {
      if (!process.waitFor(2, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
