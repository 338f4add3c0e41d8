package dev.microtome.bench.soak;

import dev.microtome.server.protocol.Operations;
import dev.microtome.tensor.Ops;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Writes jobs whose graphs call any operation a server takes, with arguments of the types its
/// schema wants and otherwise anything; many of them can't work. One in three nodes makes something
/// large on purpose.
final class RandomGraph {
  private static final List<String> OPS =
      Operations.all().stream().filter(op -> op.startsWith("aten::")).toList();
  private static final Pattern ARGUMENT =
      Pattern.compile("([\\w\\[\\]?]+(?:\\([^)]*\\))?\\??) (\\w+)(=[^,)]+)?");
  private static final int[] SIZES = {
    -2, -1, 0, 1, 2, 3, 4, 8, 31, 32, 100, 2_000, 100_000, 1 << 30
  };
  private static final String[] WORDS = {"mean", "sum", "none", "constant", "reflect", "fro", "a"};

  private final RandomGenerator random;

  RandomGraph(RandomGenerator random) {
    this.random = random;
  }

  /// A job's JSON.
  String next() {
    var nodes = new ArrayList<String>();
    nodes.add(
        "{\"op\":\"argument\",\"args\":[\"transformer.h.%d.output\",0]}"
            .formatted(random.nextInt(4)));
    nodes.add("{\"op\":\"aten::sum\",\"args\":[{\"node\":0}]}");
    nodes.add("{\"op\":\"aten::select\",\"args\":[{\"node\":0},1,-1]}");
    int more = 1 + random.nextInt(6);
    for (int i = 0; i < more; i++) {
      nodes.add(random.nextInt(3) == 0 ? large(nodes.size()) : any(nodes.size()));
    }
    String last = nodes.removeLast();
    nodes.add(last.substring(0, last.length() - 1) + ",\"save\":true}");
    return "{\"version\":1,\"model\":\"m\",\"seed\":7,\"traces\":[{\"prompts\":[[5,9,17]],\"nodes\":["
        + String.join(",", nodes)
        + "]}]}";
  }

  private String large(int before) {
    int size = 1 << (2 + random.nextInt(12));
    int other = 1 << (2 + random.nextInt(12));
    String node = "{\"node\":" + random.nextInt(before) + "}";
    return switch (random.nextInt(8)) {
      case 0 -> call("aten::expand", "{\"node\":1},{\"ints\":[%d,%d]}".formatted(size, other));
      case 1 -> call("aten::repeat", node + ",{\"ints\":[%d,1,3]}".formatted(size));
      case 2 -> call("aten::outer", "{\"node\":2},{\"node\":2}");
      case 3 -> call("aten::pad", node + ",{\"ints\":[%d,%d]}".formatted(size, other));
      case 4 -> call("aten::cat", "[" + (node + ",").repeat(size % 50) + node + "],-1");
      case 5 -> call("aten::mul", node + "," + node);
      case 6 -> call("aten::full_like", node + ",2");
      default -> call("aten::unsqueeze", node + ",0");
    };
  }

  private static String call(String op, String args) {
    return "{\"op\":\"%s\",\"args\":[%s]}".formatted(op, args);
  }

  private String any(int before) {
    String op = OPS.get(random.nextInt(OPS.size()));
    List<String> schemas = Ops.schemas(op);
    String schema = schemas.get(random.nextInt(schemas.size()));
    String declared = schema.substring(schema.indexOf('(') + 1, schema.lastIndexOf("->"));
    Matcher arguments = ARGUMENT.matcher(declared.replaceAll("\\([a-z]!? ?[^)]*\\)", ""));
    var args = new ArrayList<String>();
    while (arguments.find() && (arguments.group(3) == null || random.nextInt(3) > 0)) {
      args.add(argument(arguments.group(1), before));
    }
    return call(op, String.join(",", args));
  }

  private String argument(String type, int before) {
    if (type.endsWith("?") && random.nextInt(2) == 0) {
      return "null";
    }
    String node = "{\"node\":" + random.nextInt(before) + "}";
    String base = type.replaceAll("[?]|\\[\\d*]", "");
    boolean list = type.contains("[");
    return switch (base) {
      case "Tensor" -> list ? "[" + node + ",{\"node\":0}]" : node;
      case "int", "SymInt" -> list ? "{\"ints\":[" + sizes() + "]}" : "" + size();
      case "bool" -> list ? "{\"bools\":[true,false]}" : "" + random.nextBoolean();
      case "float" -> list ? "{\"floats\":[0.5,2]}" : "" + random.nextDouble(-2, 2);
      case "Scalar" -> random.nextBoolean() ? "" + size() : "" + random.nextDouble(-2, 2);
      case "str" -> "\"" + WORDS[random.nextInt(WORDS.length)] + "\"";
      case "ScalarType" ->
          random.nextBoolean() ? "{\"dtype\":\"float32\"}" : "{\"dtype\":\"int64\"}";
      default -> "null";
    };
  }

  private int size() {
    return SIZES[random.nextInt(SIZES.length)];
  }

  private String sizes() {
    var all = new ArrayList<String>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      all.add("" + size());
    }
    return String.join(",", all);
  }
}
