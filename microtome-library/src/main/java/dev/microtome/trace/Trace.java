package dev.microtome.trace;

import dev.microtome.nn.Layer;
import dev.microtome.nn.Slot;
import dev.microtome.tensor.Index;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// One run of a network, seen from inside. While it is open, what is asked through [#at] is
/// recorded; [#run] answers it.
///
/// ```java
/// try (var t = model.trace(input)) {
///   hidden = t.at(net.layer1).output().save();
///   t.run();
/// }
/// ```
///
/// [Model#trace(Object, Function)] is this with the run and the saving built in.
public final class Trace implements AutoCloseable {
  private final Recording recording;
  private final int invoke;
  private final int call;

  Trace(Recording recording, int invoke, int call) {
    this.recording = recording;
    this.invoke = invoke;
    this.call = call;
  }

  /// The layer, wherever it stands in the network.
  public <I, O> At<I, O> at(Layer<I, O> layer) {
    recording.requireOpen();
    return new At<>(recording, recording.host().pathOf(layer), call, invoke);
  }

  /// The layer that sits in `slot`.
  public <I, O> At<I, O> at(Slot<I, O> slot) {
    return at(slot.get());
  }

  /// The layer at `path`, such as `transformer.h.11.mlp`; its input and output must be single
  /// tensors.
  public At<Tensor, Tensor> at(String path) {
    recording.requireOpen();
    recording.host().requirePath(path);
    return new At<>(recording, path, call, invoke);
  }

  /// The network's parameter or buffer at `path`, such as `transformer.h.0.mlp.c_fc.weight`: the
  /// tensor itself, with the gradients that a `backward` in this trace gives it. It can't be
  /// written to here, since the network would keep the change; copy it.
  public Tensor parameter(String path) {
    return recording.parameter(path);
  }

  /// The same run at the `index`-th call of each layer, from 0: step `index` of a generation.
  public Trace step(int index) {
    return new Trace(recording, invoke, index);
  }

  /// What `body` makes of steps `from` (inclusive) to `to` (exclusive).
  public <R> List<R> steps(int from, int to, Function<Trace, R> body) {
    return IntStream.range(from, to).mapToObj(index -> body.apply(step(index))).toList();
  }

  /// The prompt's token number `position` as a subscript, counted from 0 or, negative, from the
  /// end: `t.at(block).output().at(":", t.token(-1)).set(0)`. Padding does not count.
  public Index token(int position) {
    return positions().at(position);
  }

  /// The one token of the prompt that spells `text`, a whole word, as a subscript.
  ///
  /// @throws IllegalArgumentException when there is none, there are several, or it is several
  ///   tokens; the message shows the prompt's tokens
  public Index token(String text) {
    return positions().only(text, null);
  }

  /// The same for a word that occurs several times: which one, from 0 or, negative, from the last.
  public Index token(String text, int occurrence) {
    return positions().only(text, occurrence);
  }

  /// The tokens of a word or phrase.
  public TokenRange tokens(String text) {
    return positions().range(text, null);
  }

  /// The tokens of one of the occurrences of a word or phrase.
  public TokenRange tokens(String text, int occurrence) {
    return positions().range(text, occurrence);
  }

  private PromptPositions positions() {
    recording.requireOpen();
    return new PromptPositions(recording.places(invoke), call);
  }

  /// What `then` makes when `condition`, one number, is not zero in the run, else what `otherwise`
  /// makes: an `if` over values that are known in the run only. Both bodies are recorded now; edits
  /// they make are made when their branch is taken. They return tensors of the same shapes, alone
  /// or in records, lists and maps; what they compute is not known outside unless it is returned.
  public <R extends @Nullable Object> R when(
      Tensor condition, Supplier<R> then, Supplier<R> otherwise) {
    recording.requireOpen();
    return new ControlFlow(recording).when(condition, then, otherwise);
  }

  /// Does what `then` does only when `condition`, one number, is not zero in the run.
  public void when(Tensor condition, Runnable then) {
    Object _ =
        when(
            condition,
            () -> {
              then.run();
              return List.of();
            },
            List::of);
  }

  /// Runs `body` again and again in the run: it gets the number of the round, from 0, and the
  /// state, and returns the next state, of the same shapes. Returns the last one. Bodies compute;
  /// they don't change layers. A loop whose length is known now can be Java's `for` as well.
  public <R extends @Nullable Object> R repeat(long times, R start, BiFunction<Tensor, R, R> body) {
    recording.requireOpen();
    return new ControlFlow(recording).repeat((Long) times, start, body);
  }

  /// The same, as often as `times`, one whole number, says in the run.
  public <R extends @Nullable Object> R repeat(
      Tensor times, R start, BiFunction<Tensor, R, R> body) {
    recording.requireOpen();
    return new ControlFlow(recording).repeat(times, start, body);
  }

  /// Runs `body` on each row of a tensor, one after the other, with the state; see [#repeat].
  public <R extends @Nullable Object> R each(Tensor rows, R start, BiFunction<Tensor, R, R> body) {
    return repeat(rows.size(0), start, (round, state) -> body.apply(rows.get(round), state));
  }

  /// Lets the run end as soon as everything asked for is answered; later layers do not run.
  public void stop() {
    recording.requireOutsideBranches("stop()");
    recording.graph().endEarly();
  }

  /// What a traced procedure made: the token ids of a generation, prompt included, (rows, tokens);
  /// in a batch those of this input, as if it had run alone.
  public Tensor generated() {
    recording.requireOpen();
    if (invoke == Site.ALL && recording.isOfSeveral()) {
      throw new IllegalStateException(
          "generated() is what one prompt became; ask for it in that prompt's invoke");
    }
    var site = new Site(Site.GENERATOR, Site.Place.OUTPUT, 0, invoke);
    return recording.recorder().argument(site, Math.max(0, invoke), null);
  }

  /// Marks `value` to be kept, or as much of it as `keep` says, and returns what is kept.
  public Tensor save(Tensor value, Keep keep) {
    recording.requireOpen();
    return keep.of(value).save();
  }

  /// Keeps what every layer gives, at each of its calls.
  public Cache cache() {
    return cache(new CacheOptions());
  }

  /// Keeps what layers give or get, at each of their calls: through a whole generation, or the
  /// invoke's own rows of a batch.
  public Cache cache(CacheOptions options) {
    return recording.cache(options, invoke);
  }

  /// Logs a line when the run is there: the text, then the values, numbers as such and others as
  /// tensors are printed, up to 1,000 characters. Lines go to this class's logger; those of a run
  /// elsewhere come back while it goes on. In a loop each round logs one.
  public void log(String text, Tensor... values) {
    recording.requireOpen();
    recording.recorder().log(text, List.of(values));
  }

  /// After the run `to` gets a report of it: which layers were passed and how often, how much each
  /// edit changed, how much memory was held. An edit that changed nothing is also logged as a
  /// warning. Runs nobody asks about measure none of this.
  public void report(Consumer<Report> to) {
    recording.reportTo(to);
  }

  /// Runs the network and answers everything recorded. Afterwards saved values act as their
  /// numbers.
  public void run() {
    recording.run();
  }

  /// A trace must be run before it is left: silence would look like success.
  @Override
  public void close() {
    if (recording.isOpen()) {
      recording.abandon();
      throw new IllegalStateException(
          "this trace was opened but never run; call run() at the end of the block");
    }
  }

  /// What was recorded, in order.
  public Graph graph() {
    return recording.graph();
  }
}
