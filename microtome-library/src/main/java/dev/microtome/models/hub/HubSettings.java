package dev.microtome.models.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where the hub and the cache are, from the environment variables the Python libraries read.
///
/// @param endpoint the hub's address without a slash at the end
/// @param cache the folder of all repositories
/// @param token what proves who asks; null when there is none
/// @param offline whether nothing may be asked
/// @param patience how long to wait for an answer
/// @param symlinks whether snapshots may be links to blobs
public record HubSettings(
    String endpoint,
    Path cache,
    @Nullable String token,
    boolean offline,
    Duration patience,
    boolean symlinks) {
  private static final Set<String> YES = Set.of("1", "on", "yes", "true");
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int LONGEST_PATIENCE = 3600;

  public HubSettings {
    endpoint = endpoint.replaceFirst("/+$", "");
    String scheme = scheme(endpoint);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException(
          "HF_ENDPOINT is \"" + endpoint + "\"; it must begin with https:// or http://");
    }
    if (token != null && !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          "the token has characters no token has; set HF_TOKEN anew");
    }
  }

  private static String scheme(String endpoint) {
    try {
      String scheme = URI.create(endpoint).getScheme();
      return scheme == null ? "" : scheme;
    } catch (IllegalArgumentException _) {
      return "";
    }
  }

  /// The settings of an environment, such as `System.getenv()`.
  public static HubSettings of(Map<String, String> environment) {
    Path home = home(environment);
    String cache =
        first(environment, "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "TRANSFORMERS_CACHE");
    boolean offline =
        yes(environment, "HF_HUB_OFFLINE") || yes(environment, "TRANSFORMERS_OFFLINE");
    String endpoint = first(environment, "HF_ENDPOINT");
    return new HubSettings(
        endpoint == null ? "https://huggingface.co" : endpoint,
        cache == null ? home.resolve("hub") : path(cache, environment),
        token(environment, home),
        offline,
        patience(first(environment, "HF_HUB_DOWNLOAD_TIMEOUT", "HF_HUB_ETAG_TIMEOUT")),
        !yes(environment, "HF_HUB_DISABLE_SYMLINKS"));
  }

  private static Path home(Map<String, String> environment) {
    String home = first(environment, "HF_HOME");
    if (home != null) {
      return path(home, environment);
    }
    String caches = first(environment, "XDG_CACHE_HOME");
    return path(caches == null ? "~/.cache" : caches, environment).resolve("huggingface");
  }

  private static @Nullable String first(Map<String, String> environment, String... names) {
    for (String name : names) {
      String value = environment.get(name);
      if (value != null && !value.isBlank()) {
        return value.strip();
      }
    }
    return null;
  }

  private static boolean yes(Map<String, String> environment, String name) {
    return YES.contains(environment.getOrDefault(name, "").strip().toLowerCase(Locale.ROOT));
  }

  /// `~` and `$NAME` are what they are in a shell.
  private static Path path(String text, Map<String, String> environment) {
    Matcher names = VARIABLE.matcher(text);
    String expanded =
        names.replaceAll(found -> {
          String name = found.group(1) == null ? found.group(2) : found.group(1);
          return Matcher.quoteReplacement(environment.getOrDefault(name, found.group()));
        });
    String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
    return Path.of(
        expanded.equals("~") || expanded.startsWith("~/")
            ? home + expanded.substring(1)
            : expanded);
  }

  private static Duration patience(@Nullable String seconds) {
    if (seconds == null) {
      return PATIENCE;
    }
    try {
      return Duration.ofSeconds(Math.clamp(Long.parseLong(seconds), 1, LONGEST_PATIENCE));
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException(
          "HF_HUB_DOWNLOAD_TIMEOUT is \"" + seconds + "\"; it must be a number of seconds");
    }
  }

  private static @Nullable String token(Map<String, String> environment, Path home) {
    if (yes(environment, "HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
      return null;
    }
    String token = first(environment, "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN");
    if (token != null) {
      return token;
    }
    String given = first(environment, "HF_TOKEN_PATH");
    Path file = given == null ? home.resolve("token") : path(given, environment);
    try {
      String text = Files.isRegularFile(file) ? Files.readString(file).strip() : "";
      return text.isEmpty() ? null : text;
    } catch (IOException e) {
      throw new HubException(
          HubException.Kind.DISK,
          "can't read the token's file %s; set HF_TOKEN, or make it readable".formatted(file),
          e);
    }
  }

  /// Everything but the token.
  @Override
  public String toString() {
    return "HubSettings[endpoint=%s, cache=%s, token=%s, offline=%s]"
        .formatted(endpoint, cache, token == null ? "none" : "set", offline);
  }
}
