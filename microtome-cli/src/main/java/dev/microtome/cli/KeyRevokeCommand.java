package dev.microtome.cli;

import dev.microtome.server.key.Keys;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `microtome key revoke ID`: ends a key at once.
@Command(name = "revoke", description = "End a key, at once.")
final class KeyRevokeCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "ID",
      description = "The key's id, from the list.",
      showDefaultValue = Visibility.NEVER)
  private String id = "";

  @Mixin private DataOption data = new DataOption();
  @Mixin private Output output = new Output();

  @Override
  public Integer call() throws IOException {
    try (Keys keys = Keys.open(data.folder(), InstantSource.system())) {
      if (!keys.revoke(id)) {
        throw new IllegalArgumentException("there is no key with the id '" + id + "'");
      }
    }
    output.line("revoked " + id);
    return 0;
  }
}
