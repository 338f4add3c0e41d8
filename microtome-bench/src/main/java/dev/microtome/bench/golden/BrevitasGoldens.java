package dev.microtome.bench.golden;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Replays recorded behaviour of Brevitas: files with a `family` and `cases`, each case of a
/// `kind`. A case passes when all that was recorded of it agrees. One whose recorded behaviour is
/// marked as a defect (`upstream_bug`), or as mended in a later version (`version_note`), counts as
/// such when it differs from the record and works.
final class BrevitasGoldens {
  private static final int SCHEMA = 1;

  private BrevitasGoldens() {}

  static GoldenReport replay(Path dir) {
    try (Stream<Path> all = Files.walk(dir)) {
      return new GoldenReport(
          all.filter(path -> path.getFileName().toString().endsWith(".json"))
              .sorted()
              .map(path -> file(dir, path))
              .toList());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + dir, e);
    }
  }

  private static FileResult file(Path dir, Path file) {
    String name = dir.relativize(file).toString();
    try {
      JsonNode golden = new JsonMapper().readTree(Golden.textOf(file));
      if (golden.path("schema").asInt(0) != SCHEMA || !golden.path("cases").isArray()) {
        return failed(name, "has no cases of schema " + SCHEMA);
      }
      return cases(name, golden.path("cases"));
    } catch (JacksonException | UncheckedIOException e) {
      return failed(name, e.toString());
    }
  }

  private static FileResult failed(String name, String why) {
    return new FileResult(name, 0, 1, List.of(why), null, 0);
  }

  private static FileResult cases(String name, JsonNode cases) {
    var failures = new ArrayList<String>();
    var seed = new BrevitasSeed(); // cells of one notebook know those before
    int passed = 0;
    int bugs = 0;
    for (JsonNode each : cases) {
      var found = new Differences();
      var better = each.has("upstream_bug") || each.has("version_note");
      try {
        check(each, seed, found);
      } catch (RuntimeException e) {
        found.add("threw " + firstLines(e));
        better &= each.has("upstream_bug") && e instanceof IllegalArgumentException;
      }
      if (found.isEmpty()) {
        passed++;
      } else if (better) {
        bugs++;
      } else {
        failures.add(each.path("id").asString("?") + ": " + found);
      }
    }
    return new FileResult(name, passed, failures.size(), failures, null, bugs);
  }

  private static String firstLines(RuntimeException e) {
    StackTraceElement[] stack = e.getStackTrace();
    return e
        + (stack.length == 0 ? "" : " at " + stack[0] + (stack.length > 1 ? " < " + stack[1] : ""));
  }

  private static void check(JsonNode one, BrevitasSeed seed, Differences found) {
    switch (one.path("kind").asString("")) {
      case "module" -> BrevitasSteps.module(one, found);
      case "sequential" -> BrevitasSteps.sequential(one, found);
      case "module_after_collection" -> BrevitasSteps.afterCollection(one, found);
      case "quant_weight" -> BrevitasSteps.quantWeight(one, found);
      case "stats" -> BrevitasFunctions.statistic(one, found);
      case "op" -> BrevitasFunctions.operation(one, found);
      case "int_quant" -> BrevitasFunctions.intQuant(one, found);
      case "int_range" -> BrevitasFunctions.intRange(one, found);
      case "acc_bit_width" -> BrevitasFunctions.accumulatorBits(one, found);
      case "qt_op" -> BrevitasTensors.operation(one, found);
      case "qt_valid" -> BrevitasTensors.valid(one, found);
      case "error" -> BrevitasErrors.layer(one, found);
      case "state" -> BrevitasWorkflows.state(one, found);
      case "training" -> BrevitasWorkflows.training(one, found);
      case "ptq" -> BrevitasWorkflows.afterTraining(one, found);
      case "merge_bn" -> BrevitasWorkflows.mergeBatchNorm(one, found);
      case "equalize_graph" -> BrevitasWorkflows.equalize(one, found);
      case "cat_layer" -> BrevitasExtras.cat(one, found);
      case "shared_act_quant" -> BrevitasExtras.sharedActivation(one, found);
      case "shared_weight_quant" -> BrevitasExtras.sharedWeight(one, found);
      case "recurrent_or_attention" -> BrevitasExtras.recurrentOrAttention(one, found);
      case "onnx" -> BrevitasOnnx.export(one, found);
      case "seed" -> seed.cell(one, found);
      default -> throw new IllegalStateException("unknown kind " + one.path("kind"));
    }
  }
}
