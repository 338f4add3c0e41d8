package dev.microtome.bench.soak;

import dev.microtome.models.LanguageModel;
import dev.microtome.server.worker.InProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// A small model in this process, and random jobs for it.
///
/// @param jobs what is asked of it
/// @param engine what runs that
record Hosted(Edits jobs, InProcess engine) implements AutoCloseable {
  private static final int TOGETHER = 16;
  private static final List<String> TEXTS =
      List.of("The Eiffel Tower is in the city of", "The Colosseum is in", "Rome");

  /// The shipped model with adapters, the same at four bits, and a small Llama.
  static List<Hosted> all(Path folder, RandomGenerator random) throws IOException {
    var adapters = new ArrayList<>(Edits.PLAIN);
    adapters.addAll(Folders.ADAPTERS);
    return List.of(
        of(Folders.adapted(folder.resolve("adapted")), gpt2(), adapters, TEXTS, random),
        of(Folders.fourBits(folder.resolve("bits")), gpt2(), Edits.PLAIN, TEXTS, random),
        of(Folders.llama(folder.resolve("llama")), llama(), Edits.PLAIN, List.of(), random));
  }

  private static Hosted of(
      Path folder,
      List<String> places,
      List<String> adapters,
      List<String> texts,
      RandomGenerator random) {
    var engine = InProcess.start(folder.getFileName().toString(), folder, TOGETHER);
    var model = LanguageModel.skeleton(folder);
    return new Hosted(new Edits(model, places, "lm_head", adapters, texts, random), engine);
  }

  private static List<String> gpt2() {
    var places = new ArrayList<>(List.of("transformer.wte", "transformer.wpe", "transformer.ln_f"));
    for (int block = 0; block < 4; block++) {
      String path = "transformer.h." + block;
      places.addAll(List.of(path, path + ".mlp", path + ".attn", path + ".ln_1"));
    }
    return places;
  }

  private static List<String> llama() {
    var places = new ArrayList<>(List.of("model.embed_tokens", "model.norm"));
    for (int block = 0; block < 3; block++) {
      String path = "model.layers." + block;
      places.addAll(List.of(path, path + ".mlp", path + ".self_attn", path + ".input_layernorm"));
    }
    return places;
  }

  @Override
  public void close() {
    engine.close();
  }
}
