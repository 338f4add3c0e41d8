package dev.microtome.models.hub;

import java.util.regex.Pattern;

/// A repository's name, `name` or `organization/name`.
record RepoName(String text) {
  private static final int LONGEST = 96;
  private static final Pattern FORM =
      Pattern.compile(
          "[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?(/[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?)?");

  RepoName {
    if (!isOne(text)) {
      throw new HubException(
          HubException.Kind.NAME,
          "\"%s\" is neither a folder nor a repository's name; give a path that exists, or a name such as \"organization/name\""
              .formatted(text));
    }
  }

  static boolean isOne(String text) {
    return text.length() <= LONGEST
        && FORM.matcher(text).matches()
        && !text.contains("--")
        && !text.contains("..")
        && !text.endsWith(".git");
  }

  /// The repository's folder in the cache.
  String folder() {
    return "models--" + text.replace("/", "--");
  }
}
