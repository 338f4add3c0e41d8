package dev.microtome.bench;

import dev.microtome.bench.server.ServerBench;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/// The command `bench NAME`: measures, prints a table and then one JSON line per figure. Exits 0
/// when every goal is met, 1 when one is missed, 2 when misused.
public final class Bench {
  private static final Map<String, Benchmark> ALL =
      new TreeMap<>(
          Stream.<Benchmark>of(
                  new DoorBench(),
                  new DoraBench(),
                  new FinetuneBench(),
                  new GenerateBench(),
                  new Gpt2TraceBench(),
                  new LoadBench(),
                  new LowBitBench(),
                  new LstmBench(),
                  new PromptTraceBench(),
                  new QatBench(),
                  new ServerBench(),
                  new StaticBench(),
                  new SolverBench(),
                  new TraceBench())
              .collect(Collectors.toMap(Benchmark::name, bench -> bench)));
  private static final JsonMapper JSON = new JsonMapper();

  private Bench() {}

  /// Runs the command; `args` is the name of a benchmark, or `all`.
  public static void main(String[] args) {
    System.exit(run(args));
  }

  private static int run(String[] args) {
    List<Benchmark> wanted = args.length == 1 ? named(args[0]) : List.of();
    if (wanted.isEmpty()) {
      System.err.println("usage: bench NAME, with NAME one of");
      ALL.values().forEach(bench -> System.err.println("  " + bench.name() + "  " + bench.about()));
      System.err.println("  all");
      return 2;
    }
    List<Figure> figures = wanted.stream().flatMap(bench -> bench.run().stream()).toList();
    System.out.println(
        System.getProperty("os.name")
            + ", "
            + Runtime.getRuntime().availableProcessors()
            + " processors, Java "
            + Runtime.version());
    table(figures).forEach(System.out::println);
    figures.forEach(figure -> System.out.println(json(figure)));
    return figures.stream().allMatch(Figure::ok) ? 0 : 1;
  }

  private static List<Benchmark> named(String name) {
    Benchmark one = ALL.get(name);
    return one != null ? List.of(one) : name.equals("all") ? List.copyOf(ALL.values()) : List.of();
  }

  static List<String> table(List<Figure> figures) {
    int widest = figures.stream().mapToInt(figure -> figure.figure().length()).max().orElse(6);
    String format = "%-" + Math.max(6, widest) + "s  %12s  %8s  %-4s  %-10s  %s";
    var lines = new ArrayList<String>();
    lines.add(format.formatted("figure", "median", "+-", "unit", "goal", ""));
    for (Figure figure : figures) {
      lines.add(
          format
              .formatted(
                  figure.figure(),
                  Figure.number(figure.value()),
                  Figure.number(figure.spread()),
                  figure.unit(),
                  figure.goal() == null ? "" : figure.goal(),
                  figure.goal() == null ? "" : figure.ok() ? "ok" : "MISSED")
              .stripTrailing());
    }
    return lines;
  }

  static String json(Figure figure) {
    var line = new LinkedHashMap<String, Object>();
    line.put("bench", figure.bench());
    line.put("figure", figure.figure());
    line.put("value", figure.value());
    line.put("unit", figure.unit());
    line.put("goal", figure.goal() == null ? null : figure.goal().limit());
    line.put("ok", figure.ok());
    line.put("spread", figure.spread());
    return JSON.writeValueAsString(line);
  }
}
