package dev.microtome.cli;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.NextToken;
import dev.microtome.models.pictures.VisibleText;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.trace.Report;
import dev.microtome.trace.Trace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `microtome trace PROMPT`: reads and zeroes what layers give, and compares the prediction.
@Command(
    name = "trace",
    description =
        "Look inside one run and change it: save what layers give, put zeros in its "
            + "place, and compare the prediction with that of the untouched model. ./microtome "
            + "summary lists the paths.")
final class TraceCommand implements Callable<Integer> {
  private static final String OUTPUT = ".output";

  @Parameters(
      paramLabel = "PROMPT",
      description = "The text to read.",
      showDefaultValue = Visibility.NEVER)
  private String prompt = "";

  @Mixin private ModelOption model = new ModelOption();
  @Mixin private Output output = new Output();

  @Option(
      names = "--save",
      paramLabel = "PATH.output",
      description = "Save what the layer at PATH gives (transformer.h.1.mlp.output); repeatable.")
  private List<String> save = new ArrayList<>();

  @Option(
      names = "--zero",
      paramLabel = "PATH.output",
      description = "Zeros instead of what the layer at PATH gives; repeatable.")
  private List<String> zero = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "trace.safetensors",
      description = "Where to write what was saved.")
  private Path file = Path.of("trace.safetensors");

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "5",
      description = "Tokens shown of each prediction.")
  private int top;

  @Option(
      names = "--report",
      description = "Say which layers were passed, how much each edit changed, and memory held.")
  private boolean report;

  /// What an edited run gave.
  private record Seen(Tensor logits, Map<String, Tensor> saved) {}

  @Override
  public Integer call() {
    output.requireCount("--top", top);
    LanguageModel<?> opened = model.open();
    CausalNetwork network = opened.network();
    CausalNetwork.Input input = opened.input(prompt);
    List<NextToken> before = guesses(opened, Grad.off(() -> opened.run(input)).logits());
    var reports = new ArrayList<Report>();
    Seen seen = Grad.off(() -> opened.model().trace(input, t -> edited(t, network, reports)));
    List<NextToken> after = guesses(opened, seen.logits());
    if (!save.isEmpty()) {
      Safetensors.write(file, seen.saved(), Map.of("prompt", prompt, "model", model.name()));
    }
    if (output.json) {
      var json = json(before, after, seen.saved());
      reports.forEach(made -> json.put("report", made));
      output.json(json);
    } else {
      print(before, after, seen.saved());
      reports.forEach(made -> output.line("\n" + made));
    }
    return 0;
  }

  // What is saved is what the layer gave, also where zeros go on in its place.
  private Seen edited(Trace t, CausalNetwork network, List<Report> reports) {
    if (report) {
      t.report(reports::add);
    }
    var saved = new LinkedHashMap<String, Tensor>();
    for (String name : save) {
      saved.put(name, t.at(path(name)).outputTensor());
    }
    for (String name : zero) {
      var at = t.at(path(name));
      at.output(at.outputTensor().zerosLike());
    }
    return new Seen(t.at(network.head()).output(), saved);
  }

  private String path(String name) {
    if (!name.endsWith(OUTPUT) || name.length() == OUTPUT.length()) {
      throw output.misuse(
          "'%s' names no output; write a layer's path and .output, as transformer.h.1.mlp.output"
              .formatted(name));
    }
    return name.substring(0, name.length() - OUTPUT.length());
  }

  private List<NextToken> guesses(LanguageModel<?> opened, Tensor logits) {
    var best = logits.select(1, -1).squeeze(0).to(DType.FLOAT32).softmax(-1).topk(top);
    long[] ids = best.indices().toLongs();
    double[] probabilities = best.values().toDoubles();
    var guesses = new ArrayList<NextToken>();
    for (int i = 0; i < ids.length; i++) {
      guesses.add(new NextToken(ids[i], opened.text(ids[i]), probabilities[i]));
    }
    return guesses;
  }

  private void print(List<NextToken> before, List<NextToken> after, Map<String, Tensor> saved) {
    if (zero.isEmpty()) {
      output.line("prediction: " + text(before.getFirst()));
    } else {
      output.line("untouched:  " + text(before.getFirst()));
      output.line("with zeros: " + text(after.getFirst()));
    }
    output.line("");
    var table = new Table("untouched", ">", zero.isEmpty() ? "traced" : "with zeros", ">");
    for (int i = 0; i < before.size(); i++) {
      NextToken left = before.get(i);
      NextToken right = after.get(i);
      table.row(
          VisibleText.of(left.text()),
          VisibleText.percent(left.probability()),
          VisibleText.of(right.text()),
          VisibleText.percent(right.probability()));
    }
    table.print(output);
    if (!saved.isEmpty()) {
      output.line("");
      saved.forEach(
          (name, tensor) -> output.line(name + "  " + tensor.dtype() + " " + tensor.shape()));
      output.line("saved in " + file.toAbsolutePath().normalize());
    }
  }

  private static String text(NextToken guess) {
    return '"'
        + VisibleText.printable(guess.text())
        + "\"  "
        + VisibleText.percent(guess.probability());
  }

  private Map<String, Object> json(
      List<NextToken> before, List<NextToken> after, Map<String, Tensor> saved) {
    var shapes = new LinkedHashMap<String, Object>();
    saved.forEach((name, tensor) -> shapes.put(name, tensor.shape().dims()));
    var json = new LinkedHashMap<String, Object>();
    json.put("prompt", prompt);
    json.put("zeroed", zero);
    json.put("untouched", before);
    json.put("traced", after);
    json.put("saved", shapes);
    if (!saved.isEmpty()) {
      json.put("file", file.toAbsolutePath().normalize().toString());
    }
    return json;
  }
}
