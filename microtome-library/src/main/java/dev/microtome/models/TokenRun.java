package dev.microtome.models;

import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Graph;
import dev.microtome.trace.Procedure;
import dev.microtome.trace.Run;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One run of a language model as data: what can be sent elsewhere.
///
/// @param graph what is read, computed and changed
/// @param prompts token ids, each sequence without padding
/// @param together whether each prompt is an invoke of its own; else they are rows of one input
/// @param generation how they are continued, complete, or null when the network is called once
/// @param edits the model's own, made at each step of a generation
/// @param gradients whether they are recorded
public record TokenRun(
    Graph graph,
    List<long[]> prompts,
    boolean together,
    @Nullable GenerationOptions generation,
    Graph edits,
    boolean gradients) {
  public TokenRun {
    prompts = List.copyOf(prompts);
  }

  static List<TokenRun> of(List<Run> runs) {
    return runs.stream().map(TokenRun::of).toList();
  }

  private static TokenRun of(Run run) {
    Procedure<?> procedure = run.procedure();
    if (procedure == null) {
      List<long[]> prompts = run.together() ? invokes(run.inputs()) : rows(input(run.inputs()));
      return new TokenRun(
          run.graph(), prompts, run.together(), null, new Graph(), Grad.isEnabled());
    }
    if (!(procedure instanceof TracedGeneration generation)) {
      throw new IllegalArgumentException(
          "a " + procedure.getClass().getSimpleName() + " can't be sent elsewhere");
    }
    return new TokenRun(
        run.graph(),
        run.inputs().stream().map(prompt -> ((Prompt) prompt).ids()).toList(),
        run.together(),
        generation.options(),
        generation.edits(),
        Grad.isEnabled());
  }

  private static CausalNetwork.Input input(List<?> inputs) {
    return (CausalNetwork.Input) inputs.getFirst();
  }

  private static List<long[]> invokes(List<?> inputs) {
    var prompts = new ArrayList<long[]>();
    for (Object input : inputs) {
      List<long[]> rows = rows((CausalNetwork.Input) input);
      if (rows.size() != 1) {
        throw new IllegalArgumentException(
            "an invoke of several rows can't be sent elsewhere; give each prompt one of its own");
      }
      prompts.add(rows.getFirst());
    }
    return prompts;
  }

  // Left padding is taken off here and put on again there.
  private static List<long[]> rows(CausalNetwork.Input input) {
    if (input.past() != null || input.positions() != null || input.lastLogits() != 0) {
      throw new IllegalArgumentException(
          "an input with a cache or positions of its own can't be sent elsewhere");
    }
    var rows = new ArrayList<long[]>();
    Tensor mask = input.mask();
    for (int row = 0; row < input.ids().size(0); row++) {
      long[] ids = input.ids().select(0, row).toLongs();
      int padding = mask == null ? 0 : padding(mask.select(0, row).toLongs());
      rows.add(java.util.Arrays.copyOfRange(ids, padding, ids.length));
    }
    return rows;
  }

  private static int padding(long[] mask) {
    int padding = 0;
    while (padding < mask.length && mask[padding] == 0) {
      padding++;
    }
    for (int i = padding; i < mask.length; i++) {
      if (mask[i] == 0) {
        throw new IllegalArgumentException("only padding on the left can be sent elsewhere");
      }
    }
    return padding;
  }

  /// The same as a run of `model`, which is here.
  Run on(LanguageModel<?> model) {
    if (generation != null) {
      return Run.calls(
          graph,
          model.withEdits(edits).generation(generation),
          prompts.stream().map(model::promptOf).toList(),
          together);
    }
    return together
        ? Run.together(graph, prompts.stream().map(model::input).toList())
        : Run.of(graph, model.inputOf(prompts));
  }
}
