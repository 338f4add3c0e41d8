package dev.microtome.server.worker;

import dev.microtome.server.job.Failure;
import dev.microtome.server.job.JobId;
import dev.microtome.server.job.Payload;
import dev.microtome.server.queue.Draft;
import dev.microtome.server.work.ModelForm;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The program of a worker process: owns one model, gets jobs as [Frame]s on its standard input and
/// answers on its standard output. Ends when its input does, so no worker outlives its server.
public final class WorkerMain implements Outlet {
  static final String HELLO = "hello";
  static final String RUN = "run";
  static final String CANCEL = "cancel";
  static final String BEGAN = "began";
  static final String PROGRESS = "progress";
  static final String LOG = "log";
  static final String COMPLETED = "completed";
  static final String FAILED = "failed";
  static final String IDLE = "idle";

  /// The model is not what it was any more.
  static final int UNSOUND = 3;

  private final DataOutputStream out;
  private final Map<JobId, Path> drafts = new ConcurrentHashMap<>();

  private WorkerMain(DataOutputStream out) {
    this.out = out;
  }

  /// Serves until its input ends.
  ///
  /// @param args the model's name and its folder
  public static void main(String[] args) throws Exception {
    var out = new FileOutputStream(FileDescriptor.out);
    System.setOut(System.err); // frames alone go out there
    var worker = new WorkerMain(new DataOutputStream(new BufferedOutputStream(out)));
    worker.serve(
        args[0], Path.of(args[1]), new DataInputStream(new BufferedInputStream(System.in)));
  }

  private void serve(String name, Path folder, DataInputStream in) throws Exception {
    try (ExecutorService thread =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().name("engine").factory())) {
      Engine engine = thread.submit(() -> new Engine(Hosted.open(name, folder))).get();
      send(hello(engine));
      for (Frame frame = Frame.read(in); frame != null; frame = Frame.read(in)) {
        Frame next = frame;
        switch (frame.kind()) {
          case RUN -> thread.execute(() -> run(engine, next));
          case Pulse.ASKED -> send(Frame.of(Pulse.ASKED));
          case CANCEL -> engine.cancel(new JobId(frame.text("job")));
          default -> throw new IOException("a frame of kind '" + frame.kind() + "'");
        }
      }
      Runtime.getRuntime().halt(0); // the server is gone, whatever still runs here
    }
  }

  private static Frame hello(Engine engine) {
    ObjectNode head = ModelForm.write(engine.hosted().model(), Frame.JSON.createObjectNode());
    head.put("canary", engine.soundness().canary());
    return Frame.of(HELLO, head);
  }

  private void run(Engine engine, Frame frame) {
    var works = new ArrayList<Work>();
    List<byte[]> bodies = frame.bodies();
    JsonNode jobs = frame.head().path("jobs");
    for (int i = 0; i < jobs.size(); i++) {
      JsonNode job = jobs.path(i);
      var id = new JobId(job.path("id").asString(""));
      drafts.put(id, Path.of(job.path("draft").asString("")));
      var payload = new Payload(bodies.get(2 * i), bodies.get(2 * i + 1));
      works.add(new Work(id, payload, Duration.ofMillis(job.path("millis").asLong(0))));
    }
    boolean suspicious = engine.run(works, this);
    works.forEach(work -> drafts.remove(work.id()));
    if (suspicious) {
      endUnlessSound(engine);
    }
    send(Frame.of(IDLE));
    if (engine.soundness().isDue()) {
      endUnlessSound(engine);
    }
  }

  private static void endUnlessSound(Engine engine) {
    if (!engine.soundness().holds()) {
      System.err.println("the model is not what it was any more; this worker ends");
      Runtime.getRuntime().halt(UNSOUND);
    }
  }

  /// The frame that asks for `works`, whose results go to `drafts`.
  static Frame request(List<Work> works, List<Path> drafts) {
    ObjectNode head = Frame.JSON.createObjectNode();
    ArrayNode jobs = head.putArray("jobs");
    var bodies = new ArrayList<byte[]>();
    for (int i = 0; i < works.size(); i++) {
      Work work = works.get(i);
      ObjectNode job = jobs.addObject();
      job.put("id", work.id().text());
      job.put("draft", drafts.get(i).toString());
      job.put("millis", work.time().toMillis());
      bodies.add(work.payload().json());
      bodies.add(work.payload().tensors());
    }
    return Frame.of(RUN, head, bodies.toArray(byte[][]::new));
  }

  private synchronized void send(Frame frame) {
    try {
      frame.writeTo(out);
    } catch (IOException gone) {
      throw new UncheckedIOException("the server is gone", gone);
    }
  }

  private static ObjectNode about(JobId job) {
    return Frame.JSON.createObjectNode().put("job", job.text());
  }

  @Override
  public Path draft(JobId job) {
    Path draft = drafts.get(job);
    if (draft == null) {
      throw new IllegalStateException("no draft for job " + job);
    }
    return draft;
  }

  @Override
  public void began(JobId job) {
    send(Frame.of(BEGAN, about(job)));
  }

  @Override
  public void progress(JobId job, int done, int all) {
    send(Frame.of(PROGRESS, about(job).put("done", done).put("all", all)));
  }

  @Override
  public void log(JobId job, String line) {
    send(Frame.of(LOG, about(job).put("line", line)));
  }

  @Override
  public void completed(JobId job, Draft draft) {
    send(
        switch (draft) {
          case Draft.InMemory(byte[] bytes) -> Frame.of(COMPLETED, about(job), bytes);
          case Draft.InFile(Path file) ->
              Frame.of(COMPLETED, about(job).put("draft", file.toString()));
        });
  }

  @Override
  public void failed(JobId job, Failure failure) {
    send(Frame.of(FAILED, FailureForm.write(failure, about(job))));
  }
}
