package dev.microtome.cli;

import dev.microtome.server.key.Keys;
import dev.microtome.server.key.Scope;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `microtome key create NAME`: prints a new key, once.
@Command(name = "create", description = "Make a key and print it; it is shown this once.")
final class KeyCreateCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "NAME",
      description = "Whose it is, for the list.",
      showDefaultValue = Visibility.NEVER)
  private String name = "";

  @Option(
      names = "--scope",
      paramLabel = "SCOPE",
      split = ",",
      defaultValue = "submit,read",
      description = "What it is good for: submit, read, admin (metrics).")
  private List<String> scopes = List.of();

  @Option(names = "--days", paramLabel = "N", description = "After how many days it expires.")
  private @Nullable Integer days;

  @Mixin private DataOption data = new DataOption();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws IOException {
    if (days != null) {
      output.requireCount("--days", days);
    }
    var wanted = EnumSet.noneOf(Scope.class);
    scopes.forEach(scope -> wanted.add(Scope.named(scope)));
    try (Keys keys = Keys.open(data.folder(), InstantSource.system())) {
      var made = keys.create(name, wanted, days == null ? null : Duration.ofDays(days));
      if (output.json) {
        output.json(Map.of("id", made.info().id(), "key", made.text()));
      } else {
        output.line(made.text());
        output
            .err()
            .println(
                "Keep it: it is not shown again. It is revoked by its id, "
                    + made.info().id()
                    + ".");
      }
    }
    return 0;
  }
}
