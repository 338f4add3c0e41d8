package dev.microtome.server.redis;

import dev.microtome.server.queue.StoreException;
import dev.microtome.server.work.Condition;
import dev.microtome.server.work.Executor;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.ModelForm;
import dev.microtome.server.work.Worker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Who works on a queue: each process tells of its workers every two seconds and hears of the
/// others; whoever was silent for ten is gone.
final class Presence implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration BETWEEN = Duration.ofSeconds(2);
  private static final Duration SILENT = Duration.ofSeconds(10);

  private final RedisLink link;
  private final String instance;
  private final String host = host();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("redis presence").factory());
  private volatile List<Executor> own = List.of();
  private volatile List<Worker> elsewhere = List.of();

  /// A worker of another process, as it told of itself.
  private record Other(String name, HostedModel model, Condition condition) implements Worker {}

  /// @param instance tells processes apart
  Presence(RedisLink link, String instance) {
    this.link = link;
    this.instance = instance;
    exchange();
    var _ =
        clock.scheduleWithFixedDelay(
            this::exchangeOrWait, BETWEEN.toMillis(), BETWEEN.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException nameless) {
      return "somewhere";
    }
  }

  void announce(List<Executor> executors) {
    own = List.copyOf(executors);
    exchange();
  }

  List<Worker> elsewhere() {
    return elsewhere;
  }

  private void exchangeOrWait() {
    try {
      exchange();
    } catch (StoreException away) {
      elsewhere = List.of(); // nobody can be heard
    }
  }

  private void exchange() {
    List<Object> all = link.list(RedisLink.SHORT, Script.WORKERS, "", SILENT.toMillis());
    for (Executor executor : own) {
      all =
          link.list(
              RedisLink.SHORT,
              Script.WORKERS,
              "",
              SILENT.toMillis(),
              instance + "/" + executor.name(),
              say(executor));
    }
    var others = new ArrayList<Worker>();
    for (int i = 0; i + 1 < all.size(); i += 2) {
      if (!JobFields.text(all.get(i)).startsWith(instance + "/")) {
        others.add(hear(JobFields.text(all.get(i + 1))));
      }
    }
    others.sort((a, b) -> a.name().compareTo(b.name()));
    elsewhere = List.copyOf(others);
  }

  private String say(Executor executor) {
    HostedModel model = executor.model();
    Condition condition = executor.condition();
    ObjectNode says = JSON.createObjectNode();
    says.put("name", host + "/" + executor.name());
    says.put("model", model.name());
    ModelForm.write(model, says);
    says.put("phase", condition.phase().name());
    says.put("memory", condition.memory());
    says.put("restarts", condition.restarts());
    return says.toString();
  }

  private static Worker hear(String text) {
    try {
      JsonNode says = JSON.readTree(text);
      var model = ModelForm.read(says, says.path("model").asString(""), Path.of(""));
      return new Other(
          says.path("name").asString(""),
          model,
          new Condition(
              Condition.Phase.valueOf(says.path("phase").asString("")),
              says.path("memory").asLong(0),
              says.path("restarts").asInt(0)));
    } catch (JacksonException | IllegalArgumentException strange) {
      throw new StoreException("a worker of this queue speaks another version", strange);
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
