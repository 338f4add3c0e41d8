package dev.microtome.cli;

import dev.microtome.models.pictures.VisibleText;
import dev.microtome.server.key.KeyInfo;
import dev.microtome.server.key.Keys;
import dev.microtome.server.key.Scope;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `microtome key list`: the keys there are, without the keys themselves.
@Command(
    name = "list",
    description = "List the keys: ids, names, scopes, when used; never the keys.")
final class KeyListCommand implements Callable<Integer> {
  @Mixin private DataOption data = new DataOption();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws IOException {
    List<KeyInfo> all;
    try (Keys keys = Keys.open(data.folder(), InstantSource.system())) {
      all = keys.list();
    }
    if (output.json) {
      output.json(all.stream().map(KeyListCommand::json).toList());
      return 0;
    }
    if (all.isEmpty()) {
      output.line("no keys; make one: microtome key create NAME");
    }
    for (KeyInfo key : all) {
      output.line(
          "%s  %-20s  %-17s  made %s  used %s  %s"
              .formatted(
                  key.id(),
                  VisibleText.printable(key.name()),
                  scopes(key),
                  time(key.created()),
                  time(key.used()),
                  state(key)));
    }
    return 0;
  }

  private static Map<String, Object> json(KeyInfo key) {
    var json = new LinkedHashMap<String, Object>();
    json.put("id", key.id());
    json.put("name", key.name());
    json.put("scopes", scopes(key));
    json.put("created", time(key.created()));
    json.put("used", time(key.used()));
    json.put("state", state(key));
    return json;
  }

  private static String scopes(KeyInfo key) {
    return key.scopes().stream().map(Scope::label).collect(Collectors.joining(","));
  }

  private static String time(@Nullable Instant time) {
    return time == null ? "never" : time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static String state(KeyInfo key) {
    if (key.revoked() != null) {
      return "revoked " + time(key.revoked());
    }
    return key.expires() == null ? "good" : "good until " + time(key.expires());
  }
}
