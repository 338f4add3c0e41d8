package dev.microtome.models.remote;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.ModelHost;
import dev.microtome.models.TokenRun;
import dev.microtome.trace.Step;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A server that hosts models. The same code, elsewhere:
///
/// ```java
/// var remote = Remote.at(URI.create("http://127.0.0.1:8080"));
/// Tensor hidden = lm.on(remote).trace(prompt, t -> t.at("transformer.h.11").output());
/// ```
///
/// Here the model needs no weights: [#open] makes one from what the server tells, and
/// [LanguageModel#skeleton(java.nio.file.Path)] opens a folder that has none. Immutable: each
/// setter returns a changed copy.
public final class Remote implements ModelHost {
  private static final int SILENT_SECONDS = 1; // what ends before needs no line of progress
  private static final Duration FAREWELL = Duration.ofSeconds(2);

  private final Connection connection;
  private final Choice choice;
  private final RemoteProgress progress;

  /// What is asked for with each job.
  private record Choice(@Nullable String model, @Nullable String adapter, @Nullable Long seed) {}

  private Remote(Connection connection, Choice choice, RemoteProgress progress) {
    this.connection = connection;
    this.choice = choice;
    this.progress = progress;
  }

  /// The server and key of the environment (`MICROTOME_SERVER`, `MICROTOME_API_KEY`) or of
  /// `~/.config/microtome/config.json`.
  public static Remote standard() {
    RemoteSettings settings = RemoteSettings.standard();
    URI server = settings.server();
    if (server == null) {
      throw new IllegalStateException(
          "no server is set; set MICROTOME_SERVER, or \"server\" in"
              + " ~/.config/microtome/config.json");
    }
    return at(server, settings.key());
  }

  /// A server, with the key of the environment (`MICROTOME_API_KEY`) or of
  /// `~/.config/microtome/config.json`.
  public static Remote at(URI server) {
    return at(server, RemoteSettings.standard().key());
  }

  /// A server and the key that opens it. The key is sent to this server and shown nowhere.
  public static Remote at(URI server, @Nullable String key) {
    return new Remote(
        new Connection(server, key), new Choice(null, null, null), RemoteProgress.onTerminal());
  }

  /// The same, for the model the server knows by `name`; without it the one that is built alike.
  public Remote model(String name) {
    return with(new Choice(name, choice.adapter(), choice.seed()));
  }

  /// The same, with one of the model's adapters in use.
  public Remote adapter(String name) {
    return with(new Choice(choice.model(), name, choice.seed()));
  }

  /// The same, with random numbers that start from `seed` in every job.
  public Remote seed(long seed) {
    return with(new Choice(choice.model(), choice.adapter(), seed));
  }

  /// The same, telling `listener` how jobs go on; at first one line of the terminal does, if there
  /// is one.
  public Remote progress(RemoteProgress listener) {
    return new Remote(connection, choice, listener);
  }

  private Remote with(Choice next) {
    return new Remote(connection, next, progress);
  }

  /// A model the server hosts, without weights here: tokenizer, tree and shapes.
  public LanguageModel<?> open(String name) {
    return new Skeletons(connection).open(name).on(model(name));
  }

  /// The names of the models it hosts.
  public List<String> models() {
    var names = new ArrayList<String>();
    connection
        .get("/v1/models")
        .path("models")
        .forEach(m -> names.add(m.path("name").asString("")));
    return names;
  }

  // ---- jobs ----

  @Override
  public List<Map<Integer, Object>> run(LanguageModel<?> model, List<TokenRun> runs) {
    Handing handing = handing(model, runs);
    try {
      if (runs.stream().anyMatch(Remote::logs)) {
        return finished(handing.send(Connection.PATIENCE), runs.size());
      }
      Handing.Answer answer = handing.await(Connection.PATIENCE, SILENT_SECONDS);
      if (answer.result() == null) {
        return finished(answer.status(), runs.size());
      }
      progress.status(answer.status());
      return answer.saved(runs.size());
    } catch (RemoteException failed) {
      if (failed.code().equals("interrupted")) {
        giveUp(handing, failed);
      }
      throw failed;
    }
  }

  // Its lines come as events.
  private static boolean logs(TokenRun run) {
    return Stream.concat(run.graph().nodes().stream(), run.edits().nodes().stream())
        .anyMatch(node -> node.step() instanceof Step.Log);
  }

  /// Cancels a job nobody waits for any more; whether it arrived at all need not be known.
  private void giveUp(Handing handing, RemoteException why) {
    boolean interrupted = Thread.interrupted(); // such a thread could send nothing
    try {
      cancel(handing.send(FAREWELL).id());
    } catch (RuntimeException unheard) {
      why.addSuppressed(unheard);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Hands a trace in and does not wait for it: `use` gets the model and traces once.
  ///
  /// ```java
  /// RemoteJob<Tensor> job = remote.submit(lm, m -> m.trace(prompt, body));
  /// Tensor hidden = job.get();
  /// ```
  public <N extends CausalNetwork, R extends @Nullable Object> RemoteJob<R> submit(
      LanguageModel<N> model, Function<LanguageModel<N>, R> use) {
    try {
      R _ =
          use.apply(
              model.on((asked, runs) -> {
                throw new HandedIn(handing(asked, runs).send(Connection.PATIENCE).id());
              }));
    } catch (HandedIn done) {
      return job(done.job, model, use);
    }
    throw new IllegalArgumentException("nothing was traced, so there is no job");
  }

  /// A job that was handed in before, with the same code: what it gives is told again.
  public <N extends CausalNetwork, R extends @Nullable Object> RemoteJob<R> job(
      String id, LanguageModel<N> model, Function<LanguageModel<N>, R> use) {
    return new RemoteJob<>(
        this, id, () -> use.apply(model.on((_, runs) -> finished(status(id), runs.size()))));
  }

  /// The newest jobs of this key, newest first.
  public List<RemoteStatus> jobs() {
    var found = new ArrayList<RemoteStatus>();
    connection.get("/v1/jobs").path("jobs").forEach(job -> found.add(RemoteStatus.of(job)));
    return found;
  }

  /// How a job stands now.
  public RemoteStatus status(String id) {
    return RemoteStatus.of(connection.get("/v1/jobs/" + checked(id)));
  }

  /// Ends a job before it has a result; one that has ended stays as it is.
  public RemoteStatus cancel(String id) {
    return RemoteStatus.of(connection.delete("/v1/jobs/" + checked(id)));
  }

  RemoteStatus follow(String id) {
    return new Following(connection, status(id), progress).toTheEnd();
  }

  /// Leaves a trace once its job is handed in.
  private static final class HandedIn extends RuntimeException {
    final String job;

    HandedIn(String job) {
      super(null, null, false, false);
      this.job = job;
    }
  }

  private static String checked(String id) {
    if (!id.matches("[0-9a-f]{32}")) {
      throw new IllegalArgumentException("a job's id is 32 hexadecimal digits, not '" + id + "'");
    }
    return id;
  }

  private Handing handing(LanguageModel<?> model, List<TokenRun> runs) {
    String name = choice.model() == null ? Skeletons.match(connection, model) : choice.model();
    var asked = new JobForm.Asked(name, choice.adapter(), choice.seed(), runs);
    return new Handing(connection, JobBody.of(JobForm.write(asked)));
  }

  private List<Map<Integer, Object>> finished(RemoteStatus handed, int traces) {
    RemoteStatus end = new Following(connection, handed, progress).toTheEnd();
    if (end.state() == RemoteStatus.State.COMPLETED) {
      return new ResultFetch(connection, end.id()).saved(traces);
    }
    throw failure(end);
  }

  private static RuntimeException failure(RemoteStatus end) {
    RunFailure failure = end.failure();
    String code = end.code();
    if (failure == null || code == null) {
      return new RemoteException("cancelled", "job " + end.id() + " was cancelled");
    }
    return code.equals("run_failed") && !failure.kind().isEmpty()
        ? failure.exception()
        : new dev.microtome.trace.RunException(
            Math.max(0, failure.trace()),
            failure.node(),
            new RemoteException(code, failure.message()));
  }

  @Override
  public String toString() {
    return "Remote(" + connection + (choice.model() == null ? ")" : ", " + choice.model() + ")");
  }
}
