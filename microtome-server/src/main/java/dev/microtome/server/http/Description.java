package dev.microtome.server.http;

import dev.microtome.server.job.Limits;
import dev.microtome.server.protocol.Operations;
import dev.microtome.server.queue.QueueCounts;
import dev.microtome.server.status.Statistics;
import dev.microtome.server.work.Condition;
import dev.microtome.server.work.HostedModel;
import dev.microtome.server.work.Worker;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a server tells about itself, to programs.
final class Description {
  private Description() {}

  static Map<String, Object> model(HostedModel model) {
    var json = new LinkedHashMap<String, Object>();
    json.put("name", model.name());
    json.put("architecture", model.architecture());
    json.put("revision", model.revision());
    json.put("parameters", model.parameters());
    json.put("bytes", model.bytes());
    json.put("dtype", model.dtype());
    json.put("context", model.context());
    json.put("adapters", model.adapters());
    return json;
  }

  static Map<String, Object> capabilities(Limits limits) {
    var json = new LinkedHashMap<String, Object>();
    json.put("version", 1);
    var told = new LinkedHashMap<String, Object>();
    told.put("body_bytes", limits.body().bytes());
    told.put("header_bytes", limits.connections().headerBytes());
    told.put("uri_bytes", limits.connections().uriBytes());
    told.put("connections_per_address", limits.connections().perAddress());
    told.put("json_depth", limits.body().jsonDepth());
    told.put("json_tokens", limits.body().jsonTokens());
    told.put("json_string_bytes", limits.body().stringBytes());
    told.put("nodes", limits.graphs().nodes());
    told.put("edges", limits.graphs().edges());
    told.put("inputs_per_node", limits.graphs().inputsPerNode());
    told.put("depth", limits.graphs().depth());
    told.put("saved", limits.graphs().saved());
    told.put("tensor_bytes", limits.graphs().tensorBytes());
    told.put("tensors_bytes", limits.graphs().tensorsBytes());
    told.put("prompts", limits.runs().prompts());
    told.put("prompt_tokens", limits.runs().promptTokens());
    told.put("new_tokens", limits.runs().newTokens());
    told.put("seconds", limits.runs().time().toSeconds());
    told.put("longest_seconds", limits.runs().longestTime().toSeconds());
    told.put("result_bytes", limits.runs().resultBytes());
    told.put("submits_per_minute", limits.queueing().submitsPerMinute());
    told.put("running_per_key", limits.queueing().runningPerKey());
    told.put("queued_per_key", limits.queueing().queuedPerKey());
    told.put("queued", limits.queueing().queued());
    told.put("log_lines", limits.queueing().logLines());
    told.put("log_line_characters", limits.queueing().lineCharacters());
    told.put("retention_seconds", limits.storage().retention().toSeconds());
    told.put("stored_bytes_per_key", limits.storage().bytesPerKey());
    json.put("limits", told);
    json.put("operations", Operations.all());
    return json;
  }

  static Map<String, Object> status(Hosting hosting, QueueCounts counts, Statistics.Snapshot jobs) {
    var json = new LinkedHashMap<String, Object>();
    json.put(
        "models", hosting.models().stream().map(model -> status(hosting, model, counts)).toList());
    json.put("queued", counts.allQueued());
    json.put("running", counts.allRunning());
    json.put("ended_in_last_minute", jobs.endedInLastMinute());
    json.put("wait_ms", quantiles(jobs.waited()));
    json.put("run_ms", quantiles(jobs.ran()));
    var ended = new TreeMap<String, Long>();
    jobs.ended().forEach((state, count) -> ended.put(state.name(), count));
    json.put("ended", ended);
    var errors = new TreeMap<String, Long>();
    jobs.errors().forEach((code, count) -> errors.put(code.label(), count));
    json.put("errors", errors);
    return json;
  }

  private static Map<String, Object> status(
      Hosting hosting, HostedModel model, QueueCounts counts) {
    List<Worker> workers = hosting.workers(model);
    var json = new LinkedHashMap<String, Object>();
    json.put("name", model.name());
    json.put("architecture", model.architecture());
    json.put("workers", workers.stream().map(e -> worker(e.name(), e.condition())).toList());
    json.put("queued", counts.queued().getOrDefault(model.name(), 0));
    json.put("running", counts.running().getOrDefault(model.name(), 0));
    return json;
  }

  private static Map<String, Object> worker(String name, Condition condition) {
    var json = new LinkedHashMap<String, Object>();
    json.put("name", name);
    json.put("state", condition.phase().name());
    json.put("memory_bytes", condition.memory());
    json.put("restarts", condition.restarts());
    return json;
  }

  private static Map<String, Long> quantiles(Statistics.Quantiles quantiles) {
    var json = new LinkedHashMap<String, Long>();
    json.put("p50", quantiles.p50());
    json.put("p95", quantiles.p95());
    return json;
  }
}
