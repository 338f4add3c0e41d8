package dev.microtome.examples;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// A program that runs models in ONNX Runtime: arguments are folders with `model.onnx` and
/// `input.bin`, raw floats; it writes `output.bin`. Started as a child by [OnnxRuntime].
final class OnnxRun {
  private OnnxRun() {}

  public static void main(String[] folders) throws Exception {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    for (String folder : folders) {
      run(environment, Path.of(folder));
    }
  }

  private static void run(OrtEnvironment environment, Path folder) throws Exception {
    var options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    // As written: optimizers may fuse what is rounded in between.
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
    String model = folder.resolve("model.onnx").toString();
    try (var session = environment.createSession(model, options)) {
      var input = session.getInputInfo().entrySet().iterator().next();
      long[] shape = ((TensorInfo) input.getValue().getInfo()).getShape();
      FloatBuffer numbers =
          ByteBuffer.wrap(Files.readAllBytes(folder.resolve("input.bin")))
              .order(ByteOrder.LITTLE_ENDIAN)
              .asFloatBuffer();
      try (var tensor = OnnxTensor.createTensor(environment, numbers, shape);
          var result = session.run(Map.of(input.getKey(), tensor))) {
        ByteBuffer out = ((OnnxTensor) result.get(0)).getByteBuffer();
        var bytes = new byte[out.remaining()];
        out.get(bytes);
        Files.write(folder.resolve("output.bin"), bytes);
      }
    }
  }
}
