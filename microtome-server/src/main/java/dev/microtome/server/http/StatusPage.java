package dev.microtome.server.http;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.queue.QueueCounts;
import dev.microtome.server.status.Statistics;
import dev.microtome.server.work.Condition;
import dev.microtome.server.work.Worker;
import java.util.Locale;
import java.util.Map;

/// The status page: what `GET /v1/status` sends, as a table of models and a few numbers.
final class StatusPage {
  private static final String HEAD =
      """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Microtome server</title>
      <link rel="icon" href="data:,">
      <link rel="stylesheet" href="/status.css">
      <script src="/status.js" defer></script>
      </head>
      <body>
      <header><h1>Microtome server</h1><p id="fresh">as of the moment this page was asked for</p></header>
      <main>
      """;

  private static final String OWN_JOBS =
      """
      <section aria-labelledby="own">
      <h2 id="own">Your jobs</h2>
      <noscript><p>Your own jobs are shown with JavaScript; without it, ask
      <code>GET /v1/jobs</code> with your key.</p></noscript>
      <form id="with-key" hidden><label for="key">Key</label>
      <input id="key" type="password" autocomplete="off" spellcheck="false">
      <button type="submit">Show</button><output id="trouble" role="status"></output></form>
      <div class="wide"><table id="jobs" hidden><caption>The newest first</caption>
      <thead><tr><th scope="col">Job</th><th scope="col">Model</th><th scope="col">State</th>
      <th scope="col">Progress</th><th scope="col">What happened</th></tr></thead>
      <tbody></tbody></table></div>
      </section>
      """;

  private final StringBuilder html = new StringBuilder(8_192);

  private StatusPage() {}

  static String of(Hosting hosting, QueueCounts counts, Statistics.Snapshot jobs) {
    var page = new StatusPage();
    page.html.append(HEAD);
    page.numbers(counts, jobs);
    page.models(hosting, counts);
    page.errors(jobs.errors());
    page.html.append(OWN_JOBS).append("</main>\n</body>\n</html>\n");
    return page.html.toString();
  }

  private void numbers(QueueCounts counts, Statistics.Snapshot jobs) {
    html.append("<section aria-label=\"Numbers\"><dl id=\"numbers\">\n");
    number("queued", "Queued", counts.allQueued());
    number("running", "Running", counts.allRunning());
    number("minute", "Jobs in the last minute", jobs.endedInLastMinute());
    number("wait", "Wait, p50 / p95", quantiles(jobs.waited()));
    number("run", "Run, p50 / p95", quantiles(jobs.ran()));
    html.append("</dl></section>\n");
  }

  private void number(String id, String label, Object value) {
    html.append(
        "<div><dt>%s</dt><dd id=\"%s\">%s</dd></div>\n"
            .formatted(Html.escape(label), id, Html.escape(value)));
  }

  private void models(Hosting hosting, QueueCounts counts) {
    html.append(
        """
        <section aria-labelledby="hosted"><h2 id="hosted">Models</h2>
        <div class="wide"><table id="models"><thead><tr><th scope="col">Model</th>
        <th scope="col">Worker</th><th scope="col">State</th><th scope="col">Memory</th>
        <th scope="col">Restarts</th><th scope="col">Queued</th><th scope="col">Running</th></tr></thead>
        <tbody>
        """);
    for (Worker each : hosting.workers()) {
      worker(each, counts);
    }
    html.append("</tbody></table></div></section>\n");
  }

  private void worker(Worker worker, QueueCounts counts) {
    String model = worker.model().name();
    Condition condition = worker.condition();
    html.append("<tr>");
    cell("Model", model);
    cell("Worker", worker.name());
    cell("State", condition.phase().name().toLowerCase(Locale.ROOT));
    cell("Memory", megabytes(condition.memory()));
    cell("Restarts", condition.restarts());
    cell("Queued", counts.queued().getOrDefault(model, 0));
    cell("Running", counts.running().getOrDefault(model, 0));
    html.append("</tr>\n");
  }

  private void errors(Map<ErrorCode, Long> errors) {
    html.append(
        "<section aria-labelledby=\"failed\"><h2 id=\"failed\">Failed jobs by code</h2>"
            + "<ul id=\"errors\">\n");
    if (errors.isEmpty()) {
      html.append("<li>none</li>\n");
    }
    errors.forEach((code, count) ->
        html.append("<li><code>%s</code> %d</li>\n".formatted(code.label(), count)));
    html.append("</ul></section>\n");
  }

  /// A cell that says what it is, for narrow screens where the head of the table is gone.
  private void cell(String label, Object value) {
    html.append("<td data-label=\"%s\">%s</td>".formatted(label, Html.escape(value)));
  }

  private static String megabytes(long bytes) {
    return bytes == 0 ? "–" : bytes / 1_048_576 + " MB";
  }

  private static String quantiles(Statistics.Quantiles quantiles) {
    return "%d ms / %d ms".formatted(quantiles.p50(), quantiles.p95());
  }
}
