package dev.microtome.models.interpret;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Numbers in the order of their places, as one map for each kind of part.
final class Maps {
  private Maps() {}

  static List<PatchMap> of(List<Place> places, List<String> tokens, List<Double> effects) {
    Map<Part, List<Place>> byPart = new LinkedHashMap<>();
    places.forEach(
        place -> byPart.computeIfAbsent(place.part(), _ -> new ArrayList<>()).add(place));
    var maps = new ArrayList<PatchMap>();
    int next = 0;
    for (var entry : byPart.entrySet()) {
      var rows = new ArrayList<List<Double>>();
      for (Place place : entry.getValue()) {
        int end = next + place.columns(tokens.size());
        rows.add(effects.subList(next, end));
        next = end;
      }
      maps.add(
          new PatchMap(
              entry.getKey(),
              entry.getValue().stream().map(Place::label).toList(),
              entry.getValue().getFirst().columnNames(tokens),
              rows));
    }
    return maps;
  }
}
