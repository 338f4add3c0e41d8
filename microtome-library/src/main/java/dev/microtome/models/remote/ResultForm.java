package dev.microtome.models.remote;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import dev.microtome.tensor.file.Safetensors;
import dev.microtome.trace.Site;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The written form of what a job saved: one safetensors file. A tensor's name is `trace:node`;
/// what a cache holds is `trace:node:order:layer.output:call:invoke:piece`. Values come without
/// gradients.
public final class ResultForm {
  private static final int PLAIN = 2;
  private static final int CACHED = 7;
  private static final String CACHES = "caches";

  private ResultForm() {}

  /// What each trace saved, by name.
  public static Map<String, Tensor> names(List<Map<Integer, Object>> saved) {
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (int trace = 0; trace < saved.size(); trace++) {
      String prefix = trace + ":";
      saved.get(trace).forEach((node, value) -> put(named, prefix + node, value));
    }
    return named;
  }

  private static void put(Map<String, Tensor> named, String name, Object value) {
    if (value instanceof Tensor tensor) {
      named.put(name, tensor);
      return;
    }
    int order = 0;
    for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
      var site = (Site) entry.getKey();
      String layer = (site.path().isEmpty() ? "" : site.path() + ".") + site.place().label();
      String own = "%s:%d:%s:%d:%d".formatted(name, order++, layer, site.call(), site.invoke());
      List<Tensor> pieces = Values.tensors(entry.getValue());
      for (int piece = 0; piece < pieces.size(); piece++) {
        named.put(own + ":" + piece, pieces.get(piece));
      }
    }
  }

  /// The bytes of the tensors a job saved.
  public static long bytes(List<Map<Integer, Object>> saved) {
    return names(saved).values().stream()
        .mapToLong(tensor -> tensor.numel() * tensor.dtype().bytes())
        .sum();
  }

  /// Writes what a job saved to `out`; messages call it `name`.
  public static void write(
      WritableByteChannel out,
      String name,
      List<Map<Integer, Object>> saved,
      Map<String, String> metadata)
      throws IOException {
    Map<String, String> all = new LinkedHashMap<>(metadata);
    all.put("version", "1");
    String caches = caches(saved);
    if (!caches.isEmpty()) {
      all.put(CACHES, caches);
    }
    Safetensors.write(out, name, names(saved), all);
  }

  // A cache that saw nothing has no tensor to tell of it.
  private static String caches(List<Map<Integer, Object>> saved) {
    var caches = new ArrayList<String>();
    for (int trace = 0; trace < saved.size(); trace++) {
      for (Map.Entry<Integer, Object> entry : saved.get(trace).entrySet()) {
        if (!(entry.getValue() instanceof Tensor)) {
          caches.add(trace + ":" + entry.getKey());
        }
      }
    }
    return String.join(",", caches);
  }

  /// Reads what a job of `traces` traces saved.
  public static List<Map<Integer, Object>> read(Safetensors file, int traces) {
    var saved = new ArrayList<Map<Integer, Object>>();
    for (int i = 0; i < traces; i++) {
      saved.add(new LinkedHashMap<>());
    }
    String caches = file.metadata().getOrDefault(CACHES, "");
    for (String cache : caches.isEmpty() ? new String[0] : caches.split(",", -1)) {
      String[] parts = cache.split(":", -1);
      saved
          .get(Integer.parseInt(parts[0]))
          .put(Integer.parseInt(parts[1]), new LinkedHashMap<Site, Object>());
    }
    file.names().stream()
        .map(name -> new Entry(name.split(":", -1), file.tensor(name)))
        .sorted()
        .forEach(entry -> entry.putInto(saved));
    return saved;
  }

  /// All tensors of a file by name.
  public static Map<String, Tensor> tensors(Safetensors file) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    file.names().forEach(name -> tensors.put(name, file.tensor(name)));
    return tensors;
  }

  @SuppressWarnings("ArrayRecordComponent") // compared by nobody
  private record Entry(String[] parts, Tensor tensor) implements Comparable<Entry> {
    Entry {
      if (parts.length != PLAIN && parts.length != CACHED) {
        throw new IllegalArgumentException(
            "'%s' is no name of a result".formatted(String.join(":", parts)));
      }
    }

    private int number(int part) {
      return part < parts.length ? Integer.parseInt(parts[part]) : 0;
    }

    @Override
    public int compareTo(Entry other) {
      int[] places = {0, 1, 2, 6};
      for (int place : places) {
        int order = Integer.compare(number(place), other.number(place));
        if (order != 0) {
          return order;
        }
      }
      return 0;
    }

    @SuppressWarnings("unchecked")
    void putInto(List<Map<Integer, Object>> saved) {
      if (parts.length == PLAIN) {
        saved.get(number(0)).put(number(1), tensor);
        return;
      }
      var cache =
          (Map<Site, Object>)
              Objects.requireNonNull(saved.get(number(0)).get(number(1)), "no such cache");
      cache.merge(site(), tensor, Entry::joined);
    }

    private static Object joined(Object before, Object next) {
      var pieces = new ArrayList<Object>(before instanceof List<?> list ? list : List.of(before));
      pieces.add(next);
      return pieces;
    }

    private Site site() {
      int dot = parts[3].lastIndexOf('.');
      var place =
          parts[3].substring(dot + 1).equals("input") ? Site.Place.INPUT : Site.Place.OUTPUT;
      return new Site(dot < 0 ? "" : parts[3].substring(0, dot), place, number(4), number(5));
    }
  }
}
