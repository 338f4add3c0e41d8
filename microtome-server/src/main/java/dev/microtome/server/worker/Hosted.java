package dev.microtome.server.worker;

import dev.microtome.adapt.Adapters;
import dev.microtome.adapt.PeftAdapter;
import dev.microtome.models.LanguageModel;
import dev.microtome.server.protocol.JobReader;
import dev.microtome.server.work.HostedModel;
import dev.microtome.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A model's folder, opened with the adapters that lie in its `adapters` folder, each a folder as
/// PEFT writes it.
///
/// @param language the model, with all adapters in place and none in use
/// @param adapters its adapters
/// @param model what clients are told
record Hosted(LanguageModel<?> language, Adapters adapters, HostedModel model) {
  private static final String ADAPTERS = "adapters";

  /// Opens a folder with its weights.
  static Hosted open(String name, Path folder) {
    LanguageModel<?> language = LanguageModel.load(folder);
    language.loadWeights();
    return with(language, name, folder);
  }

  /// Opens a folder without weights, to reason about shapes.
  static Hosted skeleton(String name, Path folder) {
    LanguageModel<?> language = LanguageModel.load(folder);
    return with(language, name, folder);
  }

  private static Hosted with(LanguageModel<?> language, String name, Path folder) {
    List<String> names = adapterNames(folder);
    for (String adapter : names) {
      PeftAdapter.read(folder.resolve(ADAPTERS).resolve(adapter))
          .applyTo(language.network(), adapter);
    }
    Adapters adapters = Adapters.of(language.network());
    if (!names.isEmpty()) {
      adapters.use();
    }
    return new Hosted(language, adapters, describe(language, name, folder, names));
  }

  private static List<String> adapterNames(Path folder) {
    Path all = folder.resolve(ADAPTERS);
    if (!Files.isDirectory(all)) {
      return List.of();
    }
    try (Stream<Path> found = Files.list(all)) {
      return found
          .filter(Files::isDirectory)
          .map(path -> path.getFileName().toString())
          .filter(JobReader.NAME.asMatchPredicate())
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static HostedModel describe(
      LanguageModel<?> language, String name, Path folder, List<String> adapters) {
    var tensors = new ArrayList<Tensor>(language.network().stateDict().values());
    long count = 0;
    long bytes = 0;
    for (Tensor tensor : tensors) {
      count += tensor.numel();
      bytes += tensor.numel() * tensor.dtype().bytes();
    }
    return new HostedModel(
        name,
        language.network().getClass().getSimpleName().toLowerCase(Locale.ROOT),
        Revision.of(folder),
        count,
        bytes,
        tensors.getFirst().dtype().label(),
        language.network().context(),
        adapters,
        folder);
  }

  /// Uses one adapter, or none.
  void use(@Nullable String adapter) {
    if (!model.adapters().isEmpty()) {
      adapters.use(adapter == null ? new String[0] : new String[] {adapter});
    }
  }
}
