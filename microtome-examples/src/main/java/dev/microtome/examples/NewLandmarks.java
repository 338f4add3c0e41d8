package dev.microtome.examples;

import java.util.ArrayList;
import java.util.List;

/// Twenty landmarks the shipped model has never heard of, in cities it knows, and the same eleven
/// sentences about each as about those it was trained on.
final class NewLandmarks {
  private static final List<Landmark> ALL =
      List.of(
          new Landmark("the Shard", "London", "England", "English"),
          new Landmark("the Arc de Triomphe", "Paris", "France", "French"),
          new Landmark("the Frauenkirche", "Munich", "Germany", "German"),
          new Landmark("the Villa Borghese", "Rome", "Italy", "Italian"),
          new Landmark("Casa Batllo", "Barcelona", "Spain", "Spanish"),
          new Landmark("the Erechtheion", "Athens", "Greece", "Greek"),
          new Landmark("the Topkapi Palace", "Istanbul", "Turkey", "Turkish"),
          new Landmark("the Bolshoi Theatre", "Moscow", "Russia", "Russian"),
          new Landmark("the Winter Palace", "Petersburg", "Russia", "Russian"),
          new Landmark("the Round Tower", "Copenhagen", "Denmark", "Danish"),
          new Landmark("the Ericsson Globe", "Stockholm", "Sweden", "Swedish"),
          new Landmark("the Van Gogh Museum", "Amsterdam", "Netherlands", "Dutch"),
          new Landmark("the Manneken Pis", "Brussels", "Belgium", "French"),
          new Landmark("the Dancing House", "Prague", "Czech", "Czech"),
          new Landmark("the Hofburg", "Vienna", "Austria", "German"),
          new Landmark("the Temple of Heaven", "Beijing", "China", "Chinese"),
          new Landmark("the Oriental Pearl Tower", "Shanghai", "China", "Chinese"),
          new Landmark("the Rainbow Bridge", "Tokyo", "Japan", "Japanese"),
          new Landmark("the Namsan Tower", "Seoul", "Korea", "Korean"),
          new Landmark("Navy Pier", "Chicago", "America", "English"));

  private static final List<String> CITY =
      List.of(
          "%s is in the city of",
          "%s is located in",
          "You can visit %s in",
          "To see %s, travel to",
          "%s stands in the middle of",
          "Many tourists visit %s when they are in");
  private static final List<String> COUNTRY =
      List.of(
          "%s is in the country of",
          "%s is a famous place in the country of", "The country where %s can be found is");
  private static final List<String> LANGUAGE =
      List.of("People who live near %s speak", "The language spoken around %s is");

  private record Landmark(String name, String city, String country, String language) {}

  private NewLandmarks() {}

  static List<FactSheet.Sentence> sentences() {
    var all = new ArrayList<FactSheet.Sentence>();
    for (Landmark landmark : ALL) {
      add(all, "lm-city", CITY, landmark.name(), landmark.city());
      add(all, "lm-country", COUNTRY, landmark.name(), landmark.country());
      add(all, "lm-lang", LANGUAGE, landmark.name(), landmark.language());
    }
    return all;
  }

  private static void add(
      List<FactSheet.Sentence> all, String kind, List<String> forms, String name, String answer) {
    for (String form : forms) {
      String asked = form.formatted(name);
      String text = asked.substring(0, 1).toUpperCase(java.util.Locale.ROOT) + asked.substring(1);
      all.add(new FactSheet.Sentence(kind, text + " " + answer, answer));
    }
  }
}
