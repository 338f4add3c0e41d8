package dev.microtome.bench.soak;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/// Four hosts on one machine, each a network namespace with a line of its own to a router, which is
/// one, too: nothing else is reached from there, and nothing reaches them. Lines are cut at the
/// router, without a word to either end, as a pulled cable does it. Needs Linux, `ip` and the right
/// to make namespaces.
///
/// @param name what the names of all begin with
record Hosts(String name) implements AutoCloseable {
  /// One of them.
  enum Host {
    REDIS(1),
    API(2),
    FIRST(3),
    SECOND(4);

    private final int number;

    Host(int number) {
      this.number = number;
    }

    String address() {
      return "10.77." + number + ".2";
    }

    private String gateway() {
      return "10.77." + number + ".1";
    }

    private String line() {
      return "to-" + number;
    }
  }

  /// What a cut does to a line; no end is told.
  enum Cut {
    /// Packets vanish in both directions.
    BOTH,
    /// What Redis answers vanishes; what it is asked arrives.
    ANSWERS,
    /// The link itself is down.
    LINK
  }

  /// Makes them.
  ///
  /// @throws IOException when namespaces can't be made here
  static Hosts make() throws IOException, InterruptedException {
    byte[] random = new byte[3];
    new Random().nextBytes(random);
    var hosts = new Hosts("microtome-" + HexFormat.of().formatHex(random) + "-");
    try {
      hosts.connect();
      return hosts;
    } catch (IOException | InterruptedException failed) {
      hosts.close();
      throw failed;
    }
  }

  private void connect() throws IOException, InterruptedException {
    run("ip netns add " + router());
    inside(router(), "ip link set lo up");
    inside(router(), "sh -c", "echo 1 > /proc/sys/net/ipv4/ip_forward");
    for (Host host : Host.values()) {
      run("ip netns add " + named(host));
      inside(named(host), "ip link set lo up");
      inside(
          router(),
          "ip link add %s type veth peer name eth0 netns %s".formatted(host.line(), named(host)));
      inside(router(), "ip address add %s/30 dev %s".formatted(host.gateway(), host.line()));
      inside(router(), "ip link set %s up".formatted(host.line()));
      inside(named(host), "ip address add %s/30 dev eth0".formatted(host.address()));
      inside(named(host), "ip link set eth0 up");
      inside(named(host), "ip route add default via " + host.gateway());
    }
  }

  private String router() {
    return name + "router";
  }

  private String named(Host host) {
    return name + host.number;
  }

  /// What a command begins with that is to run on a host.
  List<String> on(Host host) {
    return List.of("ip", "netns", "exec", named(host));
  }

  /// Cuts the line between a host and Redis.
  void cut(Host host, Cut how) throws IOException, InterruptedException {
    if (how == Cut.LINK) {
      inside(router(), "ip link set %s down".formatted(host.line()));
      return;
    }
    rule("add", Host.REDIS, host);
    if (how == Cut.BOTH) {
      rule("add", host, Host.REDIS);
    }
  }

  void heal(Host host, Cut how) throws IOException, InterruptedException {
    if (how == Cut.LINK) {
      inside(router(), "ip link set %s up".formatted(host.line()));
      return;
    }
    rule("del", Host.REDIS, host);
    if (how == Cut.BOTH) {
      rule("del", host, Host.REDIS);
    }
  }

  private void rule(String verb, Host from, Host to) throws IOException, InterruptedException {
    inside(
        router(),
        "ip rule %s from %s to %s blackhole".formatted(verb, from.address(), to.address()));
  }

  /// Makes the line of a host slow: each packet waits, or else, where the kernel can't do that, few
  /// go through at once. Says which.
  String slow(Host host) throws InterruptedException {
    String shape = "tc qdisc replace dev " + host.line() + " root ";
    try {
      inside(router(), shape + "netem delay 50ms");
      return "50 ms long";
    } catch (IOException unknown) {
      return isDone(shape + "tbf rate 1mbit burst 4kb latency 2s") ? "of 1 Mbit/s" : "not slowed";
    }
  }

  private boolean isDone(String words) throws InterruptedException {
    try {
      inside(router(), words);
      return true;
    } catch (IOException unknown) {
      return false;
    }
  }

  private void inside(String namespace, String words, String... more)
      throws IOException, InterruptedException {
    run("ip netns exec " + namespace + " " + words, more);
  }

  private static void run(String words, String... more) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(words.split(" ")));
    command.addAll(Arrays.asList(more));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + said.strip());
    }
  }

  /// Removes them, with their lines.
  @Override
  public void close() {
    var names = new ArrayList<>(List.of(router()));
    Arrays.stream(Host.values()).map(this::named).forEach(names::add);
    for (String each : names) {
      try {
        run("ip netns delete " + each);
      } catch (IOException none) {
        // it was not made
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
