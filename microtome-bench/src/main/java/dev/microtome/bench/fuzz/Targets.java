package dev.microtome.bench.fuzz;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.Dora;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.adapt.Whole;
import dev.microtome.lowbit.HqqCheckpoint;
import dev.microtome.lowbit.HqqLayer;
import dev.microtome.lowbit.LowBit;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.RunCosts;
import dev.microtome.models.TokenRun;
import dev.microtome.models.remote.JobForm;
import dev.microtome.models.remote.ResultForm;
import dev.microtome.models.tokenizer.Tokenizer;
import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.tensor.pickle.TorchFile;
import dev.microtome.trace.RunException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What is fuzzed.
final class Targets {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  private Targets() {}

  static List<FuzzTarget> all() throws Exception {
    return List.of(new Jobs(), safetensors(), pth(), tokenizer(), config(), hqq(), adapter());
  }

  private static byte[] shipped(String file) throws Exception {
    try (InputStream in = LanguageModel.class.getResourceAsStream("gpt2-facts/" + file)) {
      if (in == null) {
        throw new IllegalStateException("the shipped model has no " + file);
      }
      return in.readAllBytes();
    }
  }

  /// Jobs as a server gets them: read, then weighed by shapes.
  private static final class Jobs implements FuzzTarget {
    private final LanguageModel<Gpt2> model = LanguageModel.shipped();
    private final Map<String, Tensor> constants = Map.of("t0", Tensor.ones(1));

    @Override
    public String name() {
      return "job";
    }

    @Override
    public List<byte[]> seeds() {
      var runs = new ArrayList<TokenRun>();
      LanguageModel<Gpt2> recording =
          model.on((_, asked) -> {
            runs.addAll(asked);
            throw new IllegalCallerException("recorded");
          });
      try {
        Tensor _ =
            recording.trace(
                PROMPT,
                t -> {
                  var out = t.at("transformer.h.1").output();
                  t.at("transformer.h.1").output(out.mul(2).add(Tensor.ones(1)));
                  Tensor mean = t.at("transformer.h.2").output().get(":", -1).mean();
                  t.when(mean.gt(0), () -> t.at("transformer.h.3.mlp").output().mul_(0.5));
                  return t.repeat(3L, mean, (_, x) -> x.mul(1.5));
                });
      } catch (IllegalCallerException recorded) {
        String json = JobForm.write(new JobForm.Asked("m", null, 1L, runs)).json();
        return List.of(json.getBytes(StandardCharsets.UTF_8));
      }
      throw new IllegalStateException("nothing was recorded");
    }

    @Override
    public void read(byte[] input) {
      Scope.run(() -> {
        String json = new String(input, StandardCharsets.UTF_8);
        try {
          RunCosts.of(model, JobForm.read(json, constants, model::encode).runs());
        } catch (RunException refused) {
          throw new IllegalArgumentException(refused);
        } catch (IllegalStateException refused) {
          throw new IllegalArgumentException(refused);
        }
        return List.of();
      });
    }
  }

  private static FuzzTarget safetensors() throws Exception {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("a", Tensor.ones(3, 2));
    tensors.put("b", Tensor.of(new long[][] {{1, 2}}));
    byte[] seed = Safetensors.bytes("seed", tensors, Map.of("format", "pt"));
    return new FileTarget("safetensors", "model.safetensors", List.of(seed)) {
      @Override
      void read(Path file) {
        try (var opened = Safetensors.open(file)) {
          ResultForm.tensors(opened).values().forEach(Tensor::numel);
        }
      }
    };
  }

  private static FuzzTarget pth() throws Exception {
    Path seed = Files.createTempFile("microtome-fuzz", ".pth");
    TorchFile.write(seed, new LinkedHashMap<>(Map.of("w", Tensor.ones(2, 2), "b", Tensor.ones(2))));
    byte[] bytes = Files.readAllBytes(seed);
    Files.delete(seed);
    return new FileTarget("pth", "model.pth", List.of(bytes)) {
      @Override
      void read(Path file) {
        Object _ = TorchFile.open(file);
      }
    };
  }

  private static FuzzTarget tokenizer() throws Exception {
    byte[] small =
        """
        {"version":"1.0","added_tokens":[{"id":0,"content":"<s>","single_word":false,"lstrip":false,
        "rstrip":false,"normalized":false,"special":true}],"normalizer":{"type":"Sequence",
        "normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"String":" "},"content":"_"}]},
        "pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,
        "use_regex":true},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":
        {"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[],"special_tokens":
        {"<s>":{"id":"<s>","ids":[0],"tokens":["<s>"]}}},"decoder":{"type":"ByteLevel"},"model":
        {"type":"BPE","unk_token":null,"vocab":{"<s>":0,"a":1,"b":2,"ab":3},"merges":["a b"]}}\
        """
            .getBytes(StandardCharsets.UTF_8);
    return new FileTarget("tokenizer", "tokenizer.json", List.of(small)) {
      @Override
      void read(Path file) {
        Tokenizer read = Tokenizer.read(file);
        read.decode(read.encode("ab ba a\u0301 \ud83d\ude00").ids(), true);
      }
    };
  }

  private static FuzzTarget config() throws Exception {
    return new FileTarget(
        "config",
        "config.json",
        List.of(shipped("config.json"), shipped("generation_config.json"))) {
      @Override
      void read(Path file) {
        LanguageModel.skeleton(folder()).network().context();
      }
    };
  }

  private static FuzzTarget hqq() throws Exception {
    var seeds = new ArrayList<byte[]>();
    Tensor weight = Tensor.randn(8, 32);
    for (double bits : new double[] {5, 3, 1.58}) {
      var layer =
          new HqqLayer(
              LowBit.bits(bits).groupSize(16).quantize(weight), null, DType.FLOAT16, false);
      var checkpoint = new HqqCheckpoint(Map.of("layer", layer), Map.of());
      seeds.add(Safetensors.bytes("seed", checkpoint.tensors(), Map.of("format", "pt")));
    }
    return new FileTarget("hqq", "qmodel.safetensors", seeds) {
      @Override
      void read(Path file) {
        HqqCheckpoint.read(file)
            .layers()
            .values()
            .forEach(layer -> Scope.run(() -> List.of(layer.weight().dequantize())));
      }
    };
  }

  /// A PEFT folder: each input is taken as its configuration and as its tensors.
  private static FuzzTarget adapter() throws Exception {
    Path sound = Files.createTempDirectory("microtome-fuzz-adapter");
    var network =
        Sequential.named().add("q_proj", new Linear(6, 4)).add("head", new Linear(4, 2)).build();
    Adapters adapters =
        Dora.rank(2)
            .bias(Whole.Bias.ALL)
            .modulesToSave("head")
            .applyTo(network, path -> path.equals("q_proj"));
    PeftAdapter.of(adapters, "default", "toy").write(sound);
    byte[] config = Files.readAllBytes(sound.resolve("adapter_config.json"));
    byte[] weights = Files.readAllBytes(sound.resolve("adapter_model.safetensors"));
    return new FileTarget("adapter", "adapter.bin", List.of(config, weights)) {
      @Override
      void read(Path file) throws Exception {
        byte[] input = Files.readAllBytes(file);
        IllegalArgumentException first = refused(input, weights);
        IllegalArgumentException second = refused(config, input);
        if (first != null && second != null) {
          throw first;
        }
      }

      private @Nullable IllegalArgumentException refused(byte[] config, byte[] weights)
          throws Exception {
        Path folder = Files.createTempDirectory(folder(), "adapter");
        Files.write(folder.resolve("adapter_config.json"), config);
        Files.write(folder.resolve("adapter_model.safetensors"), weights);
        try {
          boolean _ = PeftAdapter.read(folder).config().rule().test("model.layers.0.q_proj");
          return null;
        } catch (IllegalArgumentException refused) {
          return refused;
        } finally {
          Files.delete(folder.resolve("adapter_config.json"));
          Files.delete(folder.resolve("adapter_model.safetensors"));
          Files.delete(folder);
        }
      }
    };
  }
}
