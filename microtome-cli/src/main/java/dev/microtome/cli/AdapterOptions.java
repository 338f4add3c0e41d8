package dev.microtome.cli;

import dev.microtome.adapt.Dora;
import dev.microtome.adapt.Lora;
import dev.microtome.adapt.Whole;
import dev.microtome.models.LanguageModel;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/// Which adapters are trained; mixed into `finetune`.
final class AdapterOptions {
  /// One kind at a time.
  static final class Kind {
    @Option(
        names = "--dora",
        paramLabel = "RANK",
        description = "DoRA: low rank and magnitudes; the default, with rank 16.")
    private @Nullable Integer dora;

    @Option(names = "--lora", paramLabel = "RANK", description = "Plain LoRA.")
    private @Nullable Integer lora;

    @Option(names = "--rslora", paramLabel = "RANK", description = "LoRA scaled by alpha / √rank.")
    private @Nullable Integer rsLora;

    private Lora settings() {
      if (lora != null) {
        return Lora.rank(lora);
      }
      return rsLora != null ? Lora.rank(rsLora).rsLora(true) : Dora.rank(dora == null ? 16 : dora);
    }
  }

  @ArgGroup private Kind kind = new Kind();

  @Option(
      names = "--alpha",
      paramLabel = "X",
      description = "Strength of the adapters; their rank unless given.")
  private @Nullable Double alpha;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "Of the adapters' inputs.")
  private double dropout;

  @Option(
      names = "--targets",
      paramLabel = "NAME",
      split = ",",
      description = {
        "Adapters only beside layers of these names or paths.",
        "  Default: everything linear but lm_head"
      })
  private List<String> targets = List.of();

  @Option(
      names = "--bias",
      paramLabel = "WHICH",
      defaultValue = "NONE",
      description = "Train biases, too: ${COMPLETION-CANDIDATES}.")
  private Whole.Bias bias = Whole.Bias.NONE;

  @Option(
      names = "--modules-to-save",
      paramLabel = "NAME",
      split = ",",
      description = "Train layers whose paths end so as they are, in floating point.")
  private List<String> modules = List.of();

  Lora settings(Output output) {
    try {
      Lora settings =
          kind.settings().dropout(dropout).bias(bias).modulesToSave(modules.toArray(String[]::new));
      return alpha == null ? settings : settings.alpha(alpha);
    } catch (IllegalArgumentException senseless) {
      throw output.misuse(String.valueOf(senseless.getMessage()));
    }
  }

  /// The layers meant.
  ///
  /// @throws IllegalArgumentException when there is none of a name; near ones are suggested
  Predicate<String> rule(LanguageModel<?> model) {
    return LayersOption.rule(model, targets);
  }
}
