package dev.microtome.bench.soak;

import dev.microtome.server.worker.JavaProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// Spreads Redis, the server and two workers over hosts of their own and cuts the lines between
/// them. The hosts are network namespaces; where nobody may make them, this says so, and what
/// remains are the trials on one machine. What hands in the jobs runs on the server's host:
/// [CutLines].
final class NetworkTrial implements Trial {
  private static final List<String> OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-Xmx256m");
  private static final int LONGEST_MINUTES = 10;

  @Override
  public String promise() {
    return "NETWORK";
  }

  @Override
  public String about() {
    return "workers on other hosts: cut lines lose nothing";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    Hosts hosts;
    try {
      hosts = Hosts.make();
    } catch (IOException refused) {
      return new Outcome(true, "not tried: no hosts can be made here: " + refused.getMessage());
    }
    var last = new Thread(hosts::close);
    Runtime.getRuntime().addShutdownHook(last); // when the soak is stopped
    try (hosts) {
      return onHosts(hosts, length);
    } finally {
      Runtime.getRuntime().removeShutdownHook(last);
    }
  }

  private static Outcome onHosts(Hosts hosts, Length length) throws Exception {
    var arguments = List.of(hosts.name(), length.name());
    var command = new ArrayList<>(hosts.on(Hosts.Host.API));
    ProcessBuilder program = new JavaProgram(CutLines.class, OPTIONS, arguments).command();
    command.addAll(program.command());
    program.command(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    program.environment().put("MICROTOME_QUEUE_PASSWORD", UUID.randomUUID().toString());
    Process process = program.start();
    try {
      if (!process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES)) {
        return new Outcome(false, "it did not end within %d minutes".formatted(LONGEST_MINUTES));
      }
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Outcome(process.exitValue() == 0, said.strip());
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
  }
}
