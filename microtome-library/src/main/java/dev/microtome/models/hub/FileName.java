package dev.microtome.models.hub;

import java.util.regex.Pattern;

/// Names of files that come from a server, which must stay inside the snapshot's folder.
final class FileName {
  private static final int LONGEST = 512;
  private static final Pattern SEGMENT = Pattern.compile("[^\\\\/:*?\"<>|\\x00-\\x1f\\x7f]{1,255}");

  private FileName() {}

  /// The name itself.
  ///
  /// @throws HubException when it leads out of its folder on some system
  static String checked(String name) {
    boolean safe = name.length() <= LONGEST && !name.isEmpty();
    for (String segment : name.split("/", -1)) {
      safe =
          safe
              && SEGMENT.matcher(segment).matches()
              && !segment.equals(".")
              && !segment.endsWith("..")
              && !segment.endsWith(" ");
    }
    if (!safe) {
      String shown = name.length() > 80 ? name.substring(0, 80) + "…" : name;
      throw new HubException(
          HubException.Kind.ANSWER,
          "the hub names a file \"%s\", which is no safe name; don't use this repository"
              .formatted(shown.replaceAll("\\p{Cntrl}", "?")));
    }
    return name;
  }
}
