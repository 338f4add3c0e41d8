package dev.microtome.bench;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.GenerationOptions;
import dev.microtome.models.Gpt2;
import dev.microtome.models.Gpt2Config;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.Llama;
import dev.microtome.models.LlamaConfig;
import dev.microtome.models.RopeScaling;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/// Tokens a second of a generation, one sequence, 64 tokens after a prompt of 128, at the shapes of
/// GPT-2 small and of a Llama of 1.1 billion parameters; random weights. A token can't come faster
/// than the weights are read: the limit is the memory's speed, measured beside each run, over the
/// bytes of weights that a token needs.
final class GenerateBench implements Benchmark {
  private static final int PROMPT = 128;
  private static final int NEW = 64;
  private static final int ROUNDS = 3;
  private static final long READ_BYTES = 512L << 20;

  @Override
  public String name() {
    return "generate";
  }

  @Override
  public String about() {
    return "tokens a second at GPT-2-small and 1.1-billion Llama shape, against the memory's speed";
  }

  @Override
  public List<Figure> run() {
    var figures = new ArrayList<Figure>();
    for (DType dtype : List.of(DType.FLOAT32, DType.BFLOAT16)) {
      figures.addAll(measure("GPT-2 small " + dtype.label(), dtype, GenerateBench::gpt2));
      figures.addAll(measure("Llama 1.1B " + dtype.label(), dtype, GenerateBench::llama));
    }
    return figures;
  }

  private static Gpt2 gpt2() {
    return new Gpt2(Gpt2Config.of(50257, 1024, 768, 12, 12));
  }

  private static Llama llama() {
    return new Llama(
        new LlamaConfig(
            LlamaConfig.Family.LLAMA,
            32000,
            2048,
            2048,
            22,
            32,
            4,
            64,
            5632,
            "silu",
            false,
            false,
            false,
            0,
            1e-5,
            0.02,
            10000,
            new RopeScaling.None(),
            Collections.nCopies(22, 0),
            false,
            DType.FLOAT32));
  }

  private static List<Figure> measure(
      String model, DType dtype, Supplier<? extends CausalNetwork> shape) {
    CausalNetwork network = filled(shape, dtype);
    long bytes = bytesPerToken(network);
    var lm = LanguageModel.of(network, null);
    var figures = new ArrayList<Figure>();
    figures.add(plain(model + ", weights a token", bytes / 1e6, "MB"));
    try (Memory memory = new Memory()) {
      for (int threads : new int[] {1, 2}) {
        figures.addAll(runs(model + ", " + threads + " threads", lm, memory.read, bytes, threads));
      }
    }
    network.parameters().forEach(Tensor::close);
    return figures;
  }

  /// Memory to read, which is not the weights', so that nothing of it is in the caches.
  private static final class Memory implements AutoCloseable {
    private final Tensor numbers = Tensor.ones(READ_BYTES / 4);
    final StreamingRead read = new StreamingRead(numbers.dense().segment());

    @Override
    public void close() {
      numbers.close();
    }
  }

  /// The network with small random numbers as weights. Built without numbers first: filling it once
  /// is enough.
  private static CausalNetwork filled(Supplier<? extends CausalNetwork> shape, DType dtype) {
    CausalNetwork network = Device.META.run(shape::get);
    network.to(dtype);
    var state = new LinkedHashMap<String, Tensor>();
    network
        .stateDict()
        .forEach((path, tensor) -> {
          Tensor numbers = Tensor.randn(tensor.shape().dims());
          state.put(path, numbers.mul_(0.02).to(dtype));
        });
    network.load(state);
    network.eval();
    network.freeze();
    return network;
  }

  /// Of all weights but embeddings, of which a token needs one line.
  private static long bytesPerToken(CausalNetwork network) {
    long bytes = bytes(network.head().get().parameters());
    for (var block : network.blocks()) {
      bytes += bytes(block.parameters());
    }
    return bytes;
  }

  private static long bytes(Iterable<Tensor> parameters) {
    long bytes = 0;
    for (Tensor parameter : parameters) {
      bytes += parameter.numel() * parameter.dtype().bytes();
    }
    return bytes;
  }

  private static List<Figure> runs(
      String words, LanguageModel<?> lm, StreamingRead read, long bytes, int threads) {
    Torch.threads(threads);
    run(lm); // the first one compiles
    var tokens = new double[ROUNDS];
    var share = new double[ROUNDS];
    var speed = new double[ROUNDS];
    var prompt = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      double before = read.bytesPerSecond(threads, 5);
      long[] times = run(lm);
      speed[round] = (before + read.bytesPerSecond(threads, 5)) / 2;
      tokens[round] = (NEW - 1) * 1e9 / (times[2] - times[1]);
      share[round] = 100 * tokens[round] * bytes / speed[round];
      prompt[round] = (times[1] - times[0]) / 1e6;
    }
    return List.of(
        figure(words + ": memory", speed, 1e-9, "GB/s", null),
        figure(words + ": first token", prompt, 1, "ms", null),
        figure(words + ": speed", tokens, 1, "tok/s", null),
        figure(words + ": share of the limit", share, 1, "%", Figure.atLeast(80)));
  }

  /// When it began, when the first token came and when the last.
  private static long[] run(LanguageModel<?> lm) {
    long[] prompt = LongStream.range(1000, 1000 + PROMPT).toArray();
    var options = new GenerationOptions().maxNewTokens(NEW).greedy();
    long[] times = new long[3];
    times[0] = System.nanoTime();
    lm.generateIds(
        List.of(prompt),
        options,
        (_, _, _) -> {
          times[2] = System.nanoTime();
          times[1] = times[1] == 0 ? times[2] : times[1];
        });
    return times;
  }

  private static Figure plain(String words, double value, String unit) {
    return new Figure("generate", words, value, unit, null, 0);
  }

  private static Figure figure(
      String words,
      double[] values,
      double scale,
      String unit,
      Figure.@org.jspecify.annotations.Nullable Goal goal) {
    var estimate = Rounds.Estimate.of(values).map(value -> value * scale);
    return new Figure("generate", words, estimate, unit, goal);
  }
}
