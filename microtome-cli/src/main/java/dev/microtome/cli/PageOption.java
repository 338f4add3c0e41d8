package dev.microtome.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Visibility;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The drawings a command writes besides what it prints: a page, and a picture when asked for;
/// mixed into the commands that draw.
final class PageOption {
  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Where to write the page. Default: the command's name with .html",
      showDefaultValue = Visibility.NEVER)
  private @Nullable Path html;

  @Option(names = "--no-html", description = "Write no page.")
  private boolean noHtml;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  private Path file() {
    return html != null ? html : Path.of(Objects.requireNonNull(command).name() + ".html");
  }

  /// Writes the page unless it is not wanted.
  void write(Output output, Supplier<String> page) {
    if (!noHtml) {
      output.write(file(), page.get());
    }
  }

  /// Says where the page is.
  void tell(Output output) {
    if (!noHtml) {
      output.line("page with details: " + file().toAbsolutePath().normalize());
    }
  }

  void tell(Map<String, Object> json) {
    if (!noHtml) {
      json.put("html", file().toAbsolutePath().normalize().toString());
    }
  }
}
