package dev.microtome.bench.soak;

import dev.microtome.models.GenerationOptions;
import dev.microtome.models.LanguageModel;
import dev.microtome.server.job.Payload;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Trace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Random jobs for one model: edits of all kinds at random places, and what the model says then.
/// Graphs are made up to a number, then taken again with other prompts: to write one down takes
/// longer than to run it.
final class Edits {
  /// No adapter.
  static final List<String> PLAIN = List.of("");

  private static final int MOST = 20; // of each length
  private static final Pattern IDS = Pattern.compile("\"prompts\":\\[\\[[0-9, ]*]]");

  private final Map<Integer, List<Payload>> mixed = new HashMap<>();
  private final Map<Integer, List<Payload>> alike = new HashMap<>();
  private final LanguageModel<?> model;
  private final List<String> places;
  private final String head;
  private final RandomGenerator random;
  private final List<String> adapters;
  private final List<String> texts;

  /// @param places layers whose output is changed
  /// @param head the layer that gives logits
  /// @param adapters names of adapters, an empty one for none
  /// @param texts prompts to generate from, if it has a tokenizer
  Edits(
      LanguageModel<?> model,
      List<String> places,
      String head,
      List<String> adapters,
      List<String> texts,
      RandomGenerator random) {
    this.model = model;
    this.places = places;
    this.head = head;
    this.adapters = adapters;
    this.texts = texts;
    this.random = random;
  }

  private long[] prompt(int tokens) {
    return random.longs(tokens, 0, model.network().vocabulary()).toArray();
  }

  /// A job for a prompt of `tokens`; the result is the logits of the last token, or, for the few
  /// that sample or go backward, what they made.
  Payload job(int tokens) {
    return prompted(taken(mixed, tokens, () -> made(tokens)), tokens);
  }

  /// A job that shares a run and uses no adapter.
  Payload sharable(int tokens) {
    return prompted(taken(alike, tokens, () -> edited(prompt(tokens), null)), tokens);
  }

  /// The same job for another prompt of `tokens`.
  Payload again(Payload job, int tokens) {
    return prompted(job, tokens);
  }

  private Payload taken(Map<Integer, List<Payload>> made, int tokens, Supplier<Payload> make) {
    List<Payload> known = made.computeIfAbsent(tokens, _ -> new ArrayList<>());
    if (known.size() < MOST) {
      known.add(make.get());
      return known.getLast();
    }
    return known.get(random.nextInt(known.size()));
  }

  // Of a prompt that is a text the graph goes with its tokens.
  private Payload prompted(Payload payload, int tokens) {
    Matcher ids = IDS.matcher(payload.jsonText());
    if (!ids.find()) {
      return payload;
    }
    String others = "\"prompts\":[" + Arrays.toString(prompt(tokens)) + "]";
    return new Payload(
        ids.replaceFirst(others).getBytes(StandardCharsets.UTF_8), payload.tensors());
  }

  private Payload made(int tokens) {
    long[] ids = prompt(tokens);
    String name = adapters.get(random.nextInt(adapters.size()));
    @Nullable String adapter = name.isEmpty() ? null : name;
    return switch (random.nextInt(20)) {
      case 0 -> texts.isEmpty() ? edited(ids, adapter) : sampled(adapter);
      case 1 -> gradient(ids, adapter);
      default -> edited(ids, adapter);
    };
  }

  private Payload edited(long[] ids, @Nullable String adapter) {
    String place = places.get(random.nextInt(places.size()));
    double by = random.nextDouble(-2, 2);
    int kind = random.nextInt(8);
    return Asked.job(
        model,
        adapter,
        lm ->
            lm.trace(
                ids,
                t -> {
                  edit(t, place, kind, by);
                  return t.at(head).output().get(":", -1);
                }));
  }

  private static void edit(Trace t, String place, int kind, double by) {
    var at = t.at(place);
    switch (kind) {
      case 0 -> at.output().mul_(by);
      case 1 -> at.output().at(":", -1).set(by);
      case 2 -> at.output(at.output().mul(by).add(0.1));
      case 3 -> at.output().add_(at.output().mean().mul(by));
      case 4 -> at.output().get(":", 0).mul_(Tensor.of((float) by));
      case 5 -> t.when(at.output().mean().gt(by / 20), () -> at.output().mul_(0.5));
      case 6 -> at.output(at.output().mul(t.repeat(3L, at.output().std(), (_, x) -> x.mul(by))));
      default -> {} // as it is
    }
  }

  private Payload sampled(@Nullable String adapter) {
    String prompt = texts.get(random.nextInt(texts.size()));
    var options = new GenerationOptions().maxNewTokens(4).temperature(1.3);
    return Asked.job(model, adapter, lm -> lm.trace(prompt, options, Trace::generated));
  }

  private Payload gradient(long[] ids, @Nullable String adapter) {
    String place = places.get(random.nextInt(places.size()));
    return Asked.job(
        model,
        adapter,
        lm ->
            lm.trace(
                ids,
                t -> {
                  var out = t.at(place).output();
                  out.requiresGrad_(true);
                  var gradient = out.grad();
                  t.at(head).output().get(":", -1).sum().backward();
                  return gradient;
                }));
  }
}
