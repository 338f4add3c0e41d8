package dev.microtome.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `microtome lm …`: an LSTM word language model, from text to a quantized one.
@Command(
    name = "lm",
    description = "Train, evaluate, quantize an LSTM word language model, and let it write.",
    subcommands = {
      LmTrainCommand.class,
      LmEvaluateCommand.class,
      LmGenerateCommand.class,
      LmQuantizeCommand.class
    })
final class LmCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        Objects.requireNonNull(spec).commandLine(), "say train, evaluate, generate or quantize");
  }
}
