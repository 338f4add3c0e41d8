package dev.microtome.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import dev.microtome.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Runs models in ONNX Runtime, in a process of its own.
final class OnnxRuntime {
  private OnnxRuntime() {}

  /// What the models in these folders, `model.onnx` each, give for the inputs, as flat tensors.
  static List<Tensor> run(List<Path> folders, List<Tensor> inputs) throws Exception {
    for (int i = 0; i < folders.size(); i++) {
      float[] numbers = inputs.get(i).contiguous().toFloats();
      ByteBuffer bytes =
          ByteBuffer.allocate(numbers.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(numbers);
      Files.write(folders.get(i).resolve("input.bin"), bytes.array());
    }
    start(folders);
    var outputs = new ArrayList<Tensor>();
    for (Path folder : folders) {
      var floats =
          ByteBuffer.wrap(Files.readAllBytes(folder.resolve("output.bin")))
              .order(ByteOrder.LITTLE_ENDIAN)
              .asFloatBuffer();
      var numbers = new float[floats.remaining()];
      floats.get(numbers);
      outputs.add(Tensor.of(numbers));
    }
    return outputs;
  }

  private static void start(List<Path> folders) throws IOException, InterruptedException {
    String classes =
        Stream.of(OnnxRun.class, OrtEnvironment.class)
            .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
            .map(location -> Path.of(java.net.URI.create(location.toString())).toString())
            .collect(Collectors.joining(File.pathSeparator));
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("--enable-native-access=ALL-UNNAMED", "-cp", classes, OnnxRun.class.getName()));
    folders.forEach(folder -> command.add(folder.toString()));
    Path log = folders.getFirst().resolve("log.txt");
    Process child =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(child.waitFor(2, TimeUnit.MINUTES)).as("ended in time").isTrue();
    } finally {
      child.destroyForcibly();
    }
    assertThat(child.exitValue()).as(Files.readString(log, StandardCharsets.UTF_8)).isZero();
  }
}
