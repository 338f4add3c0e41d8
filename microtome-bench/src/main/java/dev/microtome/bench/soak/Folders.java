package dev.microtome.bench.soak;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.Dora;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.lowbit.LowBit;
import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.Llama;
import dev.microtome.models.LlamaConfig;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Torch;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/// Folders of small models to host.
final class Folders {
  static final List<String> ADAPTERS = List.of("one", "two");

  private Folders() {}

  /// The shipped model.
  static Path shipped(Path folder) throws IOException {
    LanguageModel.shipped().save(Files.createDirectories(folder), DType.FLOAT32);
    return folder;
  }

  /// The shipped model with [#ADAPTERS], which do something.
  static Path adapted(Path folder) throws IOException {
    shipped(folder);
    for (String name : ADAPTERS) {
      LanguageModel<Gpt2> lm = LanguageModel.shipped();
      lm.loadWeights();
      Adapters adapters = Dora.rank(2).applyTo(lm.network(), LinearPlaces.allButHead());
      String made = adapters.names().iterator().next();
      double filled = name.equals(ADAPTERS.getFirst()) ? 0.05 : -0.05;
      Grad.off(() -> adapters.parts(made).values().forEach(part -> part.matrixB().fill_(filled)));
      PeftAdapter.of(adapters, made, null).write(folder.resolve("adapters").resolve(name));
    }
    return folder;
  }

  /// The shipped model at four bits a weight.
  static Path fourBits(Path folder) throws IOException {
    LanguageModel<Gpt2> lm = LanguageModel.shipped();
    lm.loadWeights();
    LowBit.bits(4).groupSize(32).applyTo(lm.network(), LinearPlaces.allButHead());
    lm.save(Files.createDirectories(folder), DType.FLOAT32);
    return folder;
  }

  /// A small Llama with random weights and no tokenizer.
  static Path llama(Path folder) throws IOException {
    Torch.manualSeed(3);
    var network = new Llama(LlamaConfig.of(500, 64, 32, 3, 4, 64));
    LanguageModel.of(network, null).save(Files.createDirectories(folder), DType.FLOAT32);
    return folder;
  }

  static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
    }
  }
}
