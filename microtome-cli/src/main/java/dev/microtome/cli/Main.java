package dev.microtome.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The program `microtome`: looks inside neural networks from the command line.
///
/// Exit codes: 0 when all went well, 1 when a command failed, 2 when it was called wrongly.
@Command(
    name = "microtome",
    description = "Look inside, shrink and adapt neural networks.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    showDefaultValues = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    subcommands = {
      LensCommand.class,
      PatchCommand.class,
      AttentionCommand.class,
      SummaryCommand.class,
      GenerateCommand.class,
      ChatCommand.class,
      TraceCommand.class,
      LmCommand.class,
      QuantizeCommand.class,
      SensitivityCommand.class,
      FinetuneCommand.class,
      ServeCommand.class,
      WorkCommand.class,
      KeyCommand.class,
      Doctor.class,
      HelpCommand.class
    })
public final class Main {
  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "When the command fails, print where.")
  boolean stacktrace;

  /// Whether a person watches: allows colours and progress bars.
  final boolean terminal;

  /// Where a hub's address, token and cache are looked up.
  final Map<String, String> environment;

  /// What the user types.
  final BufferedReader in;

  Main(boolean terminal, Map<String, String> environment, BufferedReader in) {
    this.terminal = terminal;
    this.environment = environment;
    this.in = in;
  }

  /// Runs a command and ends the JVM with its exit code.
  public static void main(String[] args) {
    var out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.exit(run(new Main(isTerminal(), System.getenv(), in), out, err, args));
  }

  @SuppressWarnings("SystemConsoleNull") // JDK 25 went back to null where nobody watches
  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /// Runs a command that prints to these writers; returns its exit code.
  static int run(Main main, PrintWriter out, PrintWriter err, String... args) {
    var ansi = Ansi.wanted(Ansi.When.AUTO, main.terminal) ? Help.Ansi.ON : Help.Ansi.OFF;
    return new CommandLine(main)
        .setOut(out)
        .setErr(err)
        .setColorScheme(Help.defaultColorScheme(ansi))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(Failures::misuse)
        .setExecutionExceptionHandler(
            (failure, command, _) -> Failures.report(failure, command, main.stacktrace))
        .execute(args);
  }
}
