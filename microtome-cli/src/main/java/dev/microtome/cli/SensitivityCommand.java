package dev.microtome.cli;

import dev.microtome.dynamic.Outcome;
import dev.microtome.dynamic.choice.Choice;
import dev.microtome.dynamic.choice.DynamicChoice;
import dev.microtome.dynamic.choice.Mixed;
import dev.microtome.dynamic.choice.Sensitivity;
import dev.microtome.lowbit.LowBit;
import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.LowBitChoice;
import dev.microtome.models.TextLoss;
import dev.microtome.models.pictures.SensitivityPage;
import dev.microtome.models.text.Utf8File;
import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `microtome sensitivity`: what each layer costs in fewer bits.
@Command(
    name = "sensitivity",
    description =
        "Quantize each layer of a model alone, in several forms, and show what that costs: the loss "
            + "of a text, signal over noise of weights and outputs. With a budget, find the smallest "
            + "model whose loss stays within it, layer by layer.")
final class SensitivityCommand implements Callable<Integer> {
  private static final List<String> ALL_FORMS = List.of("dynamic", "weights", "8", "4", "3", "2");
  private static final List<String> WRITABLE_FORMS = List.of("8", "4", "3", "2");

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private PageOption page = new PageOption();
  @Mixin private Output output = new Output();

  @Option(
      names = "--data",
      paramLabel = "FILE",
      required = true,
      description = "A text whose loss is measured.",
      showDefaultValue = Visibility.NEVER)
  private Path data = Path.of("");

  @Option(
      names = "--forms",
      paramLabel = "FORM",
      split = ",",
      description = {
        "Forms to try: dynamic (8 bits, activations too), weights (8 bits), or bits of low-bit weights.",
        "  Default: dynamic,weights,8,4,3,2; with --out 8,4,3,2"
      })
  private List<String> forms = List.of();

  @Option(
      names = "--group-size",
      paramLabel = "N",
      defaultValue = "64",
      description = "Low-bit weights that share a scale and a zero; 0 for whole rows.")
  private long groupSize;

  @Mixin private LayersOption layers = new LayersOption();

  @Option(
      names = "--budget",
      paramLabel = "X",
      description = "How much the loss may grow: look for the smallest such model.")
  private @Nullable Double budget;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "Where that model is written, a folder that opens as any other.")
  private @Nullable Path out;

  @Override
  public Integer call() {
    if (out != null && budget == null) {
      throw output.misuse("--out writes the model that --budget finds: give both");
    }
    if (budget != null && !(budget >= 0)) {
      throw output.misuse("--budget is zero or more, not " + budget);
    }
    LanguageModel<?> opened = model.open();
    opened.loadWeights();
    return measured(opened);
  }

  private <N extends CausalNetwork> Integer measured(LanguageModel<N> opened) {
    long[] text = opened.tokenizer().encode(Utf8File.read(data)).ids();
    ToDoubleFunction<CausalNetwork> loss =
        network -> TextLoss.of(LanguageModel.of(network, null), text).loss();
    Sensitivity<N> sensitivity;
    try (var progress = new Progress(output, "layers", opened.network().namedSlots().size())) {
      sensitivity =
          Sensitivity.of(opened.network(), choices(opened), loss, (_, _) -> progress.step());
    }
    Mixed<N> mixed = budget == null ? null : sensitivity.within(budget);
    page.write(output, () -> SensitivityPage.of(sensitivity.report(), mixed, model.name()));
    if (out != null && mixed != null) write(opened, mixed, out);
    if (output.json) {
      output.json(json(sensitivity, mixed));
    } else {
      print(sensitivity, mixed);
    }
    return 0;
  }

  private List<Choice> choices(LanguageModel<?> opened) {
    Predicate<String> rule = layers.rule(opened);
    List<String> wanted = !forms.isEmpty() ? forms : out == null ? ALL_FORMS : WRITABLE_FORMS;
    var choices = new ArrayList<Choice>();
    for (String form : wanted) {
      choices.add(choice(form.strip(), rule));
    }
    return choices;
  }

  private Choice choice(String form, Predicate<String> rule) {
    boolean eight = form.equals("dynamic") || form.equals("weights");
    if (eight && out != null) {
      throw output.misuse(
          "a folder holds low-bit weights only: with --out, --forms are bits, not '" + form + "'");
    }
    if (eight) {
      return new Within(form.equals("dynamic") ? DynamicChoice.INT8 : DynamicChoice.WEIGHTS, rule);
    }
    try {
      return new LowBitChoice(LowBit.bits(Double.parseDouble(form)).groupSize(groupSize), rule);
    } catch (IllegalArgumentException senseless) { // also a text that is no number
      throw output.misuse(
          "'%s' is no form: say dynamic, weights, or bits such as 4 (%s)"
              .formatted(form, senseless.getMessage()));
    }
  }

  /// A form for some layers only.
  private record Within(Choice form, Predicate<String> rule) implements Choice {
    @Override
    public String name() {
      return form.name();
    }

    @Override
    public @Nullable Layer<?, ?> quantized(String path, Layer<?, ?> layer) {
      return rule.test(path) ? form.quantized(path, layer) : null;
    }
  }

  private static void write(LanguageModel<?> opened, Mixed<?> mixed, Path folder) {
    for (Outcome outcome : mixed.quantized().outcomes()) {
      if (outcome.quantized()) {
        put(opened.network().slot(outcome.path()), mixed.network().layer(outcome.path()));
      }
    }
    opened.save(folder, DType.FLOAT32);
  }

  @SuppressWarnings("unchecked") // both are of one network
  private static <A, B> void put(Slot<A, B> slot, Layer<?, ?> layer) {
    slot.set((Layer<A, B>) layer);
  }

  private void print(Sensitivity<?> sensitivity, @Nullable Mixed<?> mixed) {
    output.line(sensitivity.report().table().stripTrailing());
    if (mixed != null) {
      output.line("");
      output.line(mixed.report().stripTrailing());
    }
    page.tell(output);
    if (out != null) output.line("written: " + out);
  }

  private Map<String, Object> json(Sensitivity<?> sensitivity, @Nullable Mixed<?> mixed) {
    var json = new LinkedHashMap<String, Object>();
    json.put("model", model.name());
    json.putAll(sensitivity.report().asMap());
    if (mixed != null) {
      var chosen = new LinkedHashMap<String, Object>();
      chosen.put("budget", mixed.budget());
      chosen.put("loss", mixed.loss());
      chosen.put("bytes_before", mixed.quantized().bytesBefore());
      chosen.put("bytes", mixed.quantized().bytesAfter());
      chosen.put("layers", mixed.quantized().outcomes());
      json.put("mixed", chosen);
    }
    page.tell(json);
    return json;
  }
}
