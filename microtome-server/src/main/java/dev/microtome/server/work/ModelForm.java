package dev.microtome.server.work;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A [HostedModel] as processes tell each other of it; its name and folder go another way.
public final class ModelForm {
  private ModelForm() {}

  /// Adds what describes a model.
  public static ObjectNode write(HostedModel model, ObjectNode to) {
    to.put("architecture", model.architecture());
    to.put("revision", model.revision());
    to.put("parameters", model.parameters());
    to.put("bytes", model.bytes());
    to.put("dtype", model.dtype());
    to.put("context", model.context());
    model.adapters().forEach(to.putArray("adapters")::add);
    return to;
  }

  public static HostedModel read(JsonNode from, String name, Path folder) {
    var adapters = new ArrayList<String>();
    from.path("adapters").forEach(adapter -> adapters.add(adapter.asString("")));
    return new HostedModel(
        name,
        from.path("architecture").asString(""),
        from.path("revision").asString(""),
        from.path("parameters").asLong(0),
        from.path("bytes").asLong(0),
        from.path("dtype").asString(""),
        from.path("context").asInt(0),
        List.copyOf(adapters),
        folder);
  }
}
