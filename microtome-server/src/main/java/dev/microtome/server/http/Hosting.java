package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.work.Executor;
import dev.microtome.server.work.HostedModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The models of a server and who runs them.
final class Hosting {
  private final List<Executor> executors;
  private final Map<String, HostedModel> models = new LinkedHashMap<>();

  Hosting(List<Executor> executors) {
    this.executors = List.copyOf(executors);
    executors.forEach(executor -> models.putIfAbsent(executor.model().name(), executor.model()));
  }

  List<Executor> executors() {
    return executors;
  }

  List<Executor> executors(HostedModel model) {
    return executors.stream().filter(e -> e.model().name().equals(model.name())).toList();
  }

  List<HostedModel> models() {
    return List.copyOf(models.values());
  }

  @Nullable HostedModel find(String name) {
    return models.get(name);
  }

  /// Refuses what is not here.
  void require(String model, @Nullable String adapter) {
    HostedModel hosted = find(model);
    if (hosted == null) {
      throw new RefusedException(
          ErrorCode.UNKNOWN_MODEL,
          "there is no model '%s' here; there are %s".formatted(model, models.keySet()));
    }
    if (adapter != null && !hosted.adapters().contains(adapter)) {
      throw new RefusedException(
          ErrorCode.UNKNOWN_ADAPTER,
          "%s has no adapter '%s' here; there are %s".formatted(model, adapter, hosted.adapters()));
    }
  }
}
