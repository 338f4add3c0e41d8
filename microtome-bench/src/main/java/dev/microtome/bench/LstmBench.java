package dev.microtome.bench;

import dev.microtome.dynamic.DynamicConfig;
import dev.microtome.dynamic.DynamicQuantization;
import dev.microtome.dynamic.DynamicSpec;
import dev.microtome.dynamic.PlainState;
import dev.microtome.dynamic.QuantizedCheckpoint;
import dev.microtome.models.lstm.LstmConfig;
import dev.microtome.models.lstm.LstmModel;
import dev.microtome.models.lstm.WordText;
import dev.microtome.nn.Checkpoint;
import dev.microtome.nn.Embedding;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Lstm;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The LSTM word model of the quantization walkthrough (33,278 words, 512, 256, 5 layers) in
/// float32 and with quantized weights: evaluation of 25 words, writing one word, and files. The
/// float baseline depends on the core OpenBLAS thinks it has (`OPENBLAS_CORETYPE` chooses), so it
/// is printed.
final class LstmBench implements Benchmark {
  static final LstmConfig SIZES = new LstmConfig(33278, 512, 256, 5);
  private static final int WRITTEN = 20;
  private static final int EVALUATED = 10; // one after the other, as evaluating a text does
  private static final Set<?> LAYERS = Set.of(Lstm.class, Linear.class);

  private final List<Figure> figures = new ArrayList<>();

  @Override
  public String name() {
    return "lstm";
  }

  @Override
  public String about() {
    return "the LSTM word model, float32 against dynamically quantized";
  }

  @Override
  public List<Figure> run() {
    System.out.println("BLAS: " + Torch.blasInfo());
    var model = new LstmModel(SIZES);
    model.eval();
    var int8 = quantize(model, DynamicSpec.of(LAYERS, DType.QINT8));
    var x86 = quantize(model, DynamicSpec.of(LAYERS, DType.QINT8).on(QuantizedEngine.X86));
    var all = DynamicSpec.of(LAYERS, DType.QINT8).with(Embedding.class, DynamicConfig.QUINT8);
    LstmModel small = quantize(model, all);
    Torch.threads(1);
    Grad.off(() -> speed(model, int8, x86, "1 thread", true));
    Torch.threads(2);
    Grad.off(() -> speed(model, int8, x86, "2 threads", false));
    Torch.threads(1);
    files(model, int8, small);
    memory();
    return figures;
  }

  private static LstmModel quantize(LstmModel model, DynamicSpec spec) {
    return DynamicQuantization.apply(model, spec).network();
  }

  private void speed(
      LstmModel model, LstmModel int8, LstmModel x86, String threads, boolean promised) {
    Tensor words = Tensor.randint(SIZES.tokens(), 25, 1);
    warmUp(() -> evaluate(int8, words), () -> write(int8));
    var rounds =
        Rounds.of("float", () -> evaluate(model, words))
            .and("int8", () -> evaluate(int8, words))
            .and("x86", () -> evaluate(x86, words))
            .measure(EVALUATED, 21);
    milliseconds("evaluating 25 words, float32, " + threads, rounds.time("float"));
    milliseconds("evaluating 25 words, int8, " + threads, rounds.time("int8"));
    times(
        "evaluating: int8 over float32, " + threads,
        rounds.ratio("float", "int8"),
        promised ? Figure.atLeast(4) : null);
    times("evaluating: all in libtorch on x86, " + threads, rounds.ratio("float", "x86"), null);
    var writing =
        Rounds.of("float", () -> write(model)).and("int8", () -> write(int8)).measure(1, 21);
    perSecond("writing, float32, " + threads, writing.time("float"));
    perSecond("writing, int8, " + threads, writing.time("int8"));
    times(
        "writing: int8 over float32, " + threads,
        writing.ratio("float", "int8"),
        promised ? Figure.atLeast(5) : null);
  }

  /// Loops over vectors are slow until they are compiled, which a busy machine takes seconds for.
  private static void warmUp(Runnable... pieces) {
    long end = System.nanoTime() + 3_000_000_000L;
    while (System.nanoTime() < end) {
      for (Runnable piece : pieces) piece.run();
    }
  }

  private static void evaluate(LstmModel model, Tensor words) {
    Scope.run(() -> {
      var out = model.apply(new LstmModel.Input(words, model.start(1)));
      out.logits().view(25, -1).crossEntropy(words.reshape(-1)).item();
    });
  }

  private static void write(LstmModel model) {
    WordText.generate(model, 0, WRITTEN, 1, _ -> {});
  }

  private void files(LstmModel model, LstmModel int8, LstmModel small) {
    var nibbles =
        quantize(
            model,
            DynamicSpec.of(LAYERS, DType.QINT8).with(Embedding.class, DynamicConfig.QUINT4X2));
    double bytes = size(file -> Checkpoint.writeTorch(file, model));
    share("file with LSTM and decoder int8, of float32", torch(int8), bytes, 0.701);
    share("file with 8-bit embeddings too, of float32", torch(small), bytes, 0.26);
    share("file with 4-bit embeddings too, of float32", torch(nibbles), bytes, 0.26);
    var four =
        DynamicSpec.none()
            .with(Lstm.class, DynamicConfig.QINT4)
            .with(Linear.class, DynamicConfig.QINT4)
            .with(Embedding.class, DynamicConfig.QUINT4X2);
    LstmModel smallest = quantize(model, four);
    double part = size(file -> PlainState.write(file, smallest));
    share("plain file with everything in 4 bits, of float32", part, bytes, 0.14);
  }

  private static double torch(LstmModel model) {
    return size(file -> QuantizedCheckpoint.writeTorch(file, model));
  }

  private void share(String what, double size, double bytes, double goal) {
    figures.add(new Figure("lstm", what, size / bytes, "x", Figure.atMost(goal), 0));
  }

  /// What quantizing in place takes over the largest quantized layer in float32 (Linux).
  private void memory() {
    if (!ProcessMemory.isMeasurable()) return;
    double layer = 4.0 * SIZES.hidden() * SIZES.tokens();
    for (int bits : new int[] {8, 4}) {
      String what =
          "memory for quantizing to %d bits in place, of the largest layer".formatted(bits);
      figures.add(new Figure("lstm", what, LstmMemory.of(bits) / layer, "x", Figure.atMost(1), 0));
    }
  }

  private static double size(Consumer<Path> writer) {
    try {
      Path file = Files.createTempDirectory("lstm").resolve("temp.p");
      writer.accept(file);
      double bytes = Files.size(file);
      Files.delete(file);
      Files.delete(file.resolveSibling(""));
      return bytes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void milliseconds(String what, Rounds.Estimate micros) {
    var ms = micros.map(value -> value / 1e3);
    figures.add(new Figure("lstm", what, ms, "ms", null));
  }

  private void perSecond(String what, Rounds.Estimate micros) {
    var words = micros.map(value -> WRITTEN * 1e6 / value);
    figures.add(new Figure("lstm", what, words, "words/s", null));
  }

  private void times(String what, Rounds.Estimate ratio, Figure.@Nullable Goal goal) {
    figures.add(new Figure("lstm", what, ratio, "x", goal));
  }
}
