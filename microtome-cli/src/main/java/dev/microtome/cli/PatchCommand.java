package dev.microtome.cli;

import dev.microtome.models.LanguageModel;
import dev.microtome.models.interpret.ActivationPatching;
import dev.microtome.models.interpret.AttributionPatching;
import dev.microtome.models.interpret.Contrast;
import dev.microtome.models.interpret.Part;
import dev.microtome.models.interpret.PatchMap;
import dev.microtome.models.interpret.Patching;
import dev.microtome.models.interpret.Prompt;
import dev.microtome.models.pictures.PatchGrid;
import dev.microtome.models.pictures.PatchPage;
import dev.microtome.models.pictures.PatchPicture;
import dev.microtome.models.pictures.VisibleText;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `microtome patch --clean P --corrupt Q`: which parts of the network carry the answer.
@Command(
    name = "patch",
    description =
        "Run the corrupt prompt with parts of the clean run in their places, and show how much of "
            + "the clean answer each brings back (activation patching): layer by token for the "
            + "residual stream, attention and MLP, layer by head for the heads. Both prompts need "
            + "equally many tokens.")
final class PatchCommand implements Callable<Integer> {
  @Option(
      names = "--clean",
      required = true,
      paramLabel = "PROMPT",
      description = "The prompt that leads to the answer.",
      showDefaultValue = Visibility.NEVER)
  private String clean = "";

  @Option(
      names = "--corrupt",
      required = true,
      paramLabel = "PROMPT",
      description = "The prompt that leads to the wrong one.",
      showDefaultValue = Visibility.NEVER)
  private String corrupt = "";

  @Option(
      names = "--answer",
      paramLabel = "TOKEN",
      description =
          "The answer, one token, as a rule with its leading blank: \" Paris\"; what the "
              + "model predicts after the clean prompt unless given.")
  private @Nullable String answer;

  @Option(
      names = "--wrong",
      paramLabel = "TOKEN",
      description =
          "The answer it is compared with; what the model predicts after the corrupt "
              + "prompt unless given.")
  private @Nullable String wrong;

  @Option(
      names = "--part",
      paramLabel = "PART",
      split = ",",
      description = "What to patch: resid, attn, mlp, heads; all of them unless given.")
  private List<String> parts = List.of();

  @Option(
      names = "--estimate",
      description = "Estimate from gradients, in three runs altogether (attribution patching).")
  private boolean estimate;

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private PageOption page = new PageOption();
  @Mixin private Output output = new Output();

  @Option(
      names = "--svg",
      paramLabel = "FILE",
      description = "Write the first part's map as a picture, too.")
  private @Nullable Path svg;

  @Override
  public Integer call() {
    EnumSet<Part> wanted = parts();
    LanguageModel<?> opened = model.open();
    Patching patching = patched(opened, contrast(opened), wanted);
    page.write(output, () -> PatchPage.of(patching, model.name()));
    if (svg != null) {
      Part first = wanted.iterator().next();
      output.write(svg, PatchPicture.of(patching, first, model.name()));
    }
    if (output.json) {
      output.json(json(patching));
    } else {
      print(patching);
    }
    return 0;
  }

  private EnumSet<Part> parts() {
    var wanted = EnumSet.noneOf(Part.class);
    for (String name : parts) {
      wanted.add(
          Arrays.stream(Part.values())
              .filter(part -> part.label().equals(name.strip()))
              .findFirst()
              .orElseThrow(
                  () -> output.misuse("'" + name + "' is no part; say resid, attn, mlp or heads")));
    }
    return wanted.isEmpty() ? EnumSet.allOf(Part.class) : wanted;
  }

  private Contrast contrast(LanguageModel<?> opened) {
    return new Contrast(
        Prompt.of(opened, clean),
        Prompt.of(opened, corrupt),
        answer(opened, answer, clean),
        answer(opened, wrong, corrupt));
  }

  private static Contrast.Answer answer(
      LanguageModel<?> opened, @Nullable String given, String prompt) {
    return given == null ? Contrast.predicted(opened, prompt) : Contrast.token(opened, given);
  }

  private Patching patched(LanguageModel<?> opened, Contrast contrast, EnumSet<Part> wanted) {
    if (estimate) {
      return AttributionPatching.of(opened, contrast, wanted);
    }
    int patches = ActivationPatching.count(opened.network(), contrast, wanted);
    try (var progress = new Progress(output, "patches", patches)) {
      return ActivationPatching.of(opened, contrast, wanted, progress::steps);
    }
  }

  private void print(Patching patching) {
    Ansi ansi = output.ansi();
    for (PatchMap map : patching.maps()) {
      output.line(ansi.bold(map.part().title()) + ", share of the clean answer that comes back");
      TerminalGrid.print(PatchGrid.of(patching, map.part()), output);
    }
    output.line(
        "logit difference \"%s\" - \"%s\": %s corrupt (0 %%), %s clean (100 %%)"
            .formatted(
                VisibleText.printable(patching.contrast().answer().text()),
                VisibleText.printable(patching.contrast().wrong().text()),
                PatchGrid.signed(patching.corrupt()),
                PatchGrid.signed(patching.clean())));
    page.tell(output);
    if (svg != null) {
      output.line("picture: " + svg.toAbsolutePath().normalize());
    }
  }

  private Map<String, Object> json(Patching patching) {
    var json = new LinkedHashMap<String, Object>();
    json.put("model", model.name());
    json.put("method", estimate ? "attribution patching" : "activation patching");
    json.put("clean", patching.contrast().clean());
    json.put("corrupt", patching.contrast().corrupt());
    json.put("answer", patching.contrast().answer());
    json.put("wrong", patching.contrast().wrong());
    json.put("clean_logit_difference", patching.clean());
    json.put("corrupt_logit_difference", patching.corrupt());
    var maps = new LinkedHashMap<String, Object>();
    patching
        .maps()
        .forEach(map ->
            maps.put(
                map.part().label(),
                Map.of("rows", map.rows(), "columns", map.columns(), "effects", map.effects())));
    json.put("maps", maps);
    page.tell(json);
    return json;
  }
}
