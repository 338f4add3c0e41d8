package dev.microtome.server.http;

import dev.microtome.server.job.Job;
import dev.microtome.server.job.JobEvent;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.JobState;
import dev.microtome.server.queue.JobQueue;
import dev.microtome.server.work.Progress;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What happens to one job, as server-sent events until it has ended. Kept events have an id, so
/// that a client which lost the connection goes on behind the last one it saw; `position` and
/// `progress` have none.
final class EventStream {
  private static final Duration HEARTBEAT = Duration.ofSeconds(10);
  private static final Duration POSITIONS = Duration.ofSeconds(1);

  private final JobQueue queue;
  private final Progress progress;
  private final JobId id;
  private final OutputStream out;
  private long last;
  private int position = -1;
  private Progress.@Nullable Steps steps;

  EventStream(JobQueue queue, Progress progress, JobId id, OutputStream out, long last) {
    this.queue = queue;
    this.progress = progress;
    this.id = id;
    this.out = out;
    this.last = last;
  }

  void run(Changes.Watch watch) throws IOException, InterruptedException {
    long silentSince = System.nanoTime();
    out.write(": microtome\n\n".getBytes(StandardCharsets.US_ASCII));
    out.flush();
    while (true) {
      Job job = queue.find(id);
      if (job == null) {
        return;
      }
      if (write(job)) {
        out.flush();
        silentSince = System.nanoTime();
      }
      if (job.state().isFinal()) {
        return;
      }
      boolean news = watch.await(job.state() == JobState.QUEUED ? POSITIONS : HEARTBEAT);
      if (!news && System.nanoTime() - silentSince > HEARTBEAT.toNanos()) {
        out.write(":\n\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
        silentSince = System.nanoTime();
      }
    }
  }

  /// Writes what is new; `job` was read before, so its end is told only with all that led there.
  private boolean write(Job job) throws IOException {
    boolean wrote = false;
    for (JobEvent event : queue.events(id, last)) {
      write(event);
      last = event.number();
      wrote = true;
    }
    if (job.state() == JobState.QUEUED && job.position() != position) {
      position = job.position();
      write("position", -1, Map.of("position", position));
      wrote = true;
    }
    Progress.Steps now = progress.of(id);
    if (job.state() == JobState.RUNNING && now != null && !Objects.equals(now, steps)) {
      steps = now;
      write("progress", -1, Map.of("done", now.done(), "all", now.all()));
      wrote = true;
    }
    return wrote;
  }

  private void write(JobEvent event) throws IOException {
    var data = new LinkedHashMap<String, Object>();
    data.put("at", event.at().toString());
    switch (event.what()) {
      case JobEvent.What.Entered(JobState state, var failure) -> {
        data.put("state", state.name());
        if (failure != null) {
          data.put("error", Json.error(failure));
        }
        write("state", event.number(), data);
      }
      case JobEvent.What.Log(String line) -> {
        data.put("line", line);
        write("log", event.number(), data);
      }
    }
  }

  private void write(String name, long number, Map<String, Object> data) throws IOException {
    String id = number < 0 ? "" : "id: " + number + "\n";
    String text = "%sevent: %s\ndata: %s\n\n".formatted(id, name, Json.text(data));
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
