package dev.microtome.bench;

import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Loading a 500 MB safetensors file, every page touched, against reading the file once.
final class LoadBench implements Benchmark {
  private static final int TENSORS = 50;
  private static final long ROWS = 2_500;
  private static final long WIDTH = 1_000;

  @Override
  public String name() {
    return "load";
  }

  @Override
  public String about() {
    return "a 500 MB safetensors file loaded and touched, against reading it once";
  }

  @Override
  public List<Figure> run() {
    try {
      Path file = Files.createTempFile("microtome-load", ".safetensors");
      try {
        write(file);
        var rounds =
            Rounds.of("read", () -> read(file)).and("load", () -> load(file)).measure(1, 11);
        var ratio = rounds.ratio("load", "read");
        var time = rounds.time("load").map(micros -> micros / 1e3);
        return List.of(
            new Figure("load", "load 500 MB", time, "ms", null),
            new Figure(
                "load",
                "load 500 MB, against reading the file once",
                ratio,
                "x",
                Figure.atMost(1.2)));
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < TENSORS; i++) {
      tensors.put("layer." + i + ".weight", Tensor.rand(ROWS, WIDTH));
    }
    Safetensors.write(file, tensors, Map.of());
    tensors.values().forEach(Tensor::close);
  }

  private static void read(Path file) {
    var buffer = ByteBuffer.allocateDirect(1 << 20);
    try (var channel = FileChannel.open(file)) {
      while (channel.read(buffer) >= 0) {
        buffer.clear();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void load(Path file) {
    Scope.run(() -> {
      try (var opened = Safetensors.open(file)) {
        for (Tensor tensor : opened.tensors().values()) {
          var memory = tensor.dense().segment();
          for (long at = 0; at < memory.byteSize(); at += 4096) {
            sink += memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, at);
          }
        }
      }
    });
  }

  // Keeps the reads above from being optimised away.
  private static long sink;
}
