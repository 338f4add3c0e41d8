package dev.microtome.models;

import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Graph;
import dev.microtome.trace.Model;
import dev.microtome.trace.Procedure;
import dev.microtome.trace.TokenPlaces;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/// A generation as traces see it: its calls are the steps, each prompt a row of its own.
final class TracedGeneration implements Procedure<Prompt> {
  private final CausalNetwork network;
  private final Model<CausalNetwork.Input, CausalNetwork.Output> model;
  private final GenerationOptions options;

  TracedGeneration(
      CausalNetwork network,
      Model<CausalNetwork.Input, CausalNetwork.Output> model,
      GenerationOptions options) {
    this.network = network;
    this.model = model;
    this.options = options;
  }

  GenerationOptions options() {
    return options;
  }

  /// What the model does in every call.
  Graph edits() {
    return model.edits();
  }

  private TokenBatch batch(List<Prompt> prompts) {
    return TokenBatch.of(prompts.stream().map(Prompt::ids).toList(), options.pad());
  }

  private boolean isBeamSearch() {
    return options.beams != null && options.beams > 1;
  }

  @Override
  public Iterator<?> calls(List<Prompt> prompts) {
    if (isBeamSearch()) {
      throw new IllegalStateException("how many rows a beam search has at a step is not known");
    }
    TokenBatch batch = batch(prompts);
    return new GenerationShapes(
        network, batch, Generator.limit(network, options, batch), options.caches());
  }

  @Override
  public TokenPlaces places(Prompt prompt) {
    return prompt.places();
  }

  @Override
  public Object form(List<Prompt> prompts) {
    TokenBatch batch = batch(prompts);
    return List.of(
        prompts.size(),
        batch.width(),
        batch.isPadded(),
        Generator.limit(network, options, batch),
        options.caches(),
        isBeamSearch());
  }

  @Override
  public List<Tensor> run(List<Prompt> prompts, Watcher watcher) {
    TokenBatch batch = batch(prompts);
    requireSameAsAlone(batch);
    List<long[]> added =
        isBeamSearch()
            ? BeamSearch.run(network, model, options, batch)
            : new Generator(network, model, options, batch).run((_, _) -> {}, watcher);
    return java.util.stream.IntStream.range(0, prompts.size())
        .mapToObj(row -> sequence(prompts.get(row).ids(), added.get(row)))
        .toList();
  }

  private void requireSameAsAlone(TokenBatch batch) {
    if (batch.rows().length > 1 && isBeamSearch()) {
      throw new IllegalArgumentException(
          "a beam search follows one prompt at a time; trace the prompts one by one");
    }
    if (batch.isPadded() && batch.wantedLength(options) > network.context() + 1) {
      throw new IllegalArgumentException(
          "side by side these prompts need %d tokens and this model's context is %d, so the shorter"
                  .formatted(batch.wantedLength(options), network.context())
              + " ones would end sooner than alone; ask for fewer tokens or trace them one by one");
    }
  }

  private static Tensor sequence(long[] prompt, long[] added) {
    long[] all = Arrays.copyOf(prompt, prompt.length + added.length);
    System.arraycopy(added, 0, all, prompt.length, added.length);
    return Tensor.of(new long[][] {all});
  }
}
