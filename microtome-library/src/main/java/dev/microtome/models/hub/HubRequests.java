package dev.microtome.models.hub;

import dev.microtome.models.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Asks the hub. Redirects are followed by hand: relative ones stay on the hub, all others lose the
/// token.
final class HubRequests {
  private static final int MOST_REDIRECTS = 5;
  private static final int MOST_WAITS = 5;
  private static final int TOO_MANY_REQUESTS = 429;
  private static final long LONGEST_WAIT = 300;
  private static final Pattern ETAG = Pattern.compile("[A-Za-z0-9._-]{1,128}");

  private final HubSettings settings;
  private final HttpClient client;

  HubRequests(HubSettings settings) {
    this.settings = settings;
    this.client =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(settings.patience())
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  private URI address(String... parts) {
    return URI.create(settings.endpoint() + "/" + String.join("/", parts));
  }

  private static String quoted(String part) {
    return URLEncoder.encode(part, StandardCharsets.UTF_8).replace("+", "%20").replace("%7E", "~");
  }

  /// A request; the token goes to the hub's own host and nowhere else.
  HttpRequest.Builder request(URI address) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(settings.patience())
            .header("User-Agent", "microtome")
            .header("Accept-Encoding", "identity");
    String token = settings.token();
    return token != null && isHub(address)
        ? request.header("Authorization", "Bearer " + token)
        : request;
  }

  private boolean isHub(URI address) {
    URI hub = URI.create(settings.endpoint());
    return String.valueOf(hub.getScheme()).equalsIgnoreCase(address.getScheme())
        && String.valueOf(hub.getAuthority()).equalsIgnoreCase(address.getAuthority());
  }

  /// Sends, and waits as long as a hub that is asked too much wants one to.
  ///
  /// @throws IOException when there is no answer
  <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws IOException {
    try {
      HttpResponse<T> answer = client.send(request, body);
      for (int i = 0; i < MOST_WAITS && answer.statusCode() == TOO_MANY_REQUESTS; i++) {
        close(answer);
        Thread.sleep(Duration.ofSeconds(wait(answer)));
        answer = client.send(request, body);
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HubException(Kind.OFFLINE, "the download was interrupted; start it again", e);
    }
  }

  private static long wait(HttpResponse<?> answer) {
    String seconds = header(answer, "Retry-After", "1");
    return seconds.matches("[0-9]{1,9}") ? Math.min(Long.parseLong(seconds), LONGEST_WAIT) : 1;
  }

  private static void close(HttpResponse<?> answer) throws IOException {
    if (answer.body() instanceof InputStream in) {
      in.close();
    }
  }

  /// Asks about a file.
  ///
  /// @throws IOException when the hub can't be reached or is in trouble
  Remote head(RepoName repo, String revision, String file) throws IOException {
    String path = file.replace("/", "\0");
    URI address =
        address(repo.text(), "resolve", quoted(revision), quoted(path).replace("%00", "/"));
    for (int i = 0; i < MOST_REDIRECTS; i++) {
      HttpResponse<Void> answer =
          send(
              request(address).method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
              BodyHandlers.discarding());
      URI next = location(answer, address);
      if (next == null || !isRelative(answer)) {
        check(answer, repo, revision, file);
        return remote(answer, address, next, file);
      }
      address = next;
    }
    throw new HubException(
        Kind.ANSWER, "%s: the hub redirects in circles; ask its operator".formatted(repo.text()));
  }

  static @Nullable URI location(HttpResponse<?> answer, URI asked) {
    Optional<String> location = answer.headers().firstValue("Location");
    if (answer.statusCode() / 100 != 3 || location.isEmpty()) {
      return null;
    }
    try {
      URI next = asked.resolve(location.get());
      String scheme = String.valueOf(next.getScheme()).toLowerCase(Locale.ROOT);
      boolean downgrade = scheme.equals("http") && "https".equalsIgnoreCase(asked.getScheme());
      if (downgrade || !(scheme.equals("http") || scheme.equals("https"))) {
        throw new HubException(
            Kind.ANSWER, "the hub redirects to an unsafe address; ask its operator");
      }
      return next;
    } catch (IllegalArgumentException e) {
      throw new HubException(
          Kind.ANSWER, "the hub redirects to what is no address; ask its operator", e);
    }
  }

  private static boolean isRelative(HttpResponse<?> answer) {
    String location = answer.headers().firstValue("Location").orElse("");
    return location.startsWith("/") && !location.startsWith("//");
  }

  private static Remote remote(
      HttpResponse<?> answer, URI address, @Nullable URI next, String file) {
    String commit = header(answer, "X-Repo-Commit", "");
    String etag = header(answer, "X-Linked-Etag", header(answer, "ETag", ""));
    etag = etag.replaceFirst("^W/", "").replace("\"", "");
    String size =
        header(answer, "X-Linked-Size", next == null ? header(answer, "Content-Length", "") : "");
    if (!RepoCache.isCommit(commit)
        || !ETAG.matcher(etag).matches()
        || etag.startsWith(".")
        || !size.matches("[0-9]{1,18}")) {
      throw new HubException(
          Kind.ANSWER,
          "%s: the answer lacks the commit, ETag or size of a hub; is HF_ENDPOINT right?"
              .formatted(file));
    }
    return new Remote(commit, etag, Long.parseLong(size), next == null ? address : next);
  }

  static String header(HttpResponse<?> answer, String name, String fallback) {
    return answer.headers().firstValue(name).orElse(fallback);
  }

  /// What a repository says of itself, as JSON.
  InputStream info(RepoName repo, String revision) throws IOException {
    URI address = address("api/models", repo.text(), "revision", quoted(revision));
    for (int i = 0; i < MOST_REDIRECTS; i++) {
      var answer = send(request(address).GET().build(), BodyHandlers.ofInputStream());
      URI next = location(answer, address);
      if (next == null) {
        check(answer, repo, revision, "");
        return answer.body();
      }
      answer.body().close();
      address = next;
    }
    throw new HubException(Kind.ANSWER, repo.text() + ": the hub redirects in circles");
  }

  /// Turns an answer that is an error into an exception.
  ///
  /// @throws IOException when the hub is in trouble and another time may be better
  private void check(HttpResponse<?> answer, RepoName repo, String revision, String file)
      throws IOException {
    int status = answer.statusCode();
    if (status < 400) {
      return;
    }
    String code = header(answer, "X-Error-Code", "");
    String said = said(answer);
    if (code.equals("EntryNotFound") && answer.statusCode() == 404) {
      String commit = header(answer, "X-Repo-Commit", "");
      throw new MissingFile(repo, revision, file, RepoCache.isCommit(commit) ? commit : null);
    }
    throw switch (code) {
      case "GatedRepo" -> gated(repo, said);
      case "RevisionNotFound" ->
          new HubException(
              Kind.REVISION_NOT_FOUND,
              "%s has no revision \"%s\"%s; give a branch, tag or commit it has"
                  .formatted(repo.text(), revision, said));
      default -> {
        if (code.equals("RepoNotFound") || status == 401 || status == 403 || status == 404) {
          yield missing(repo, said);
        }
        throw new IOException("the hub answers " + status + said);
      }
    };
  }

  private static String said(HttpResponse<?> answer) {
    String message = header(answer, "X-Error-Message", "").replaceAll("\\p{Cntrl}", " ");
    return message.isBlank()
        ? ""
        : " (" + message.substring(0, Math.min(200, message.length())).strip() + ")";
  }

  private HubException gated(RepoName repo, String said) {
    return new HubException(
        Kind.GATED,
        "%s is gated%s; accept its terms at %s/%s, then %s"
            .formatted(
                repo.text(),
                said,
                settings.endpoint(),
                repo.text(),
                settings.token() == null
                    ? "set HF_TOKEN to your token"
                    : "check that HF_TOKEN is the token of the account that accepted"));
  }

  private HubException missing(RepoName repo, String said) {
    return new HubException(
        Kind.REPOSITORY_NOT_FOUND,
        "no repository %s%s; check the spelling, %s"
            .formatted(
                repo.text(),
                said,
                settings.token() == null
                    ? "and set HF_TOKEN if it is private"
                    : "and that HF_TOKEN may read it if it is private"));
  }
}
