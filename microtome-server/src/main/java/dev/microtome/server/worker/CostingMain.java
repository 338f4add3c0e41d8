package dev.microtome.server.worker;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import dev.microtome.server.work.Costing;
import dev.microtome.server.work.ModelForm;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// The program of the process that looks at jobs before they are queued: it knows libtorch's shapes
/// and no weights. One job at a time comes as a [Frame], one answer goes back.
public final class CostingMain {
  static final String READY = "ready";
  static final String COST = "cost";
  static final String REFUSED = "refused";

  private CostingMain() {}

  /// Answers until its input ends.
  ///
  /// @param args memory, result bytes and seconds a job may take, then name and folder of each
  ///   model
  public static void main(String[] args) throws Exception {
    var out =
        new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    System.setOut(System.err); // frames alone go out there
    ObjectNode models = Frame.JSON.createObjectNode();
    Map<String, Inspector> inspectors = new LinkedHashMap<>();
    var most =
        new Inspector.Most(
            Long.parseLong(args[0]), Long.parseLong(args[1]), Long.parseLong(args[2]));
    for (int i = 3; i < args.length; i += 2) {
      Hosted skeleton = Hosted.skeleton(args[i], Path.of(args[i + 1]));
      inspectors.put(args[i], new Inspector(skeleton, most));
      ModelForm.write(skeleton.model(), models.putObject(args[i]));
    }
    Frame.of(READY, models).writeTo(out);
    var in = new DataInputStream(new BufferedInputStream(System.in));
    for (Frame frame = Frame.read(in); frame != null; frame = Frame.read(in)) {
      var payload = new Payload(frame.bodies().get(0), frame.bodies().get(1));
      answer(inspectors.get(frame.text("model")), payload).writeTo(out);
    }
    Runtime.getRuntime().halt(0);
  }

  private static Frame answer(@Nullable Inspector inspector, Payload payload) {
    ObjectNode head = Frame.JSON.createObjectNode();
    try {
      if (inspector == null) {
        throw new RefusedException(ErrorCode.UNKNOWN_MODEL, "there is no such model");
      }
      Costing.Cost cost = inspector.cost(payload);
      head.put("peak", cost.peakBytes());
      head.put("result", cost.resultBytes());
      head.put("flops", cost.flops());
      head.put("seconds", cost.seconds());
      return Frame.of(COST, head);
    } catch (RefusedException refused) {
      return Frame.of(REFUSED, FailureForm.write(refused.failure(), head));
    } catch (RuntimeException broken) {
      return Frame.of(REFUSED, FailureForm.write(Failures.of(broken), head));
    }
  }
}
