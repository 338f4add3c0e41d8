package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.Worker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The models of a server and who runs them.
final class Hosting {
  private final Supplier<List<Worker>> workers;
  private final Map<String, HostedModel> models = new LinkedHashMap<>();

  /// @param workers who works just now, here and elsewhere
  Hosting(List<HostedModel> models, Supplier<List<Worker>> workers) {
    this.workers = workers;
    models.forEach(model -> this.models.putIfAbsent(model.name(), model));
  }

  /// Who works on a model of this server.
  List<Worker> workers() {
    return workers.get().stream().filter(w -> models.containsKey(w.model().name())).toList();
  }

  List<Worker> workers(HostedModel model) {
    return workers.get().stream().filter(w -> w.model().name().equals(model.name())).toList();
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
