package dev.microtome.trace;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.OpCall;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/// A tensor that will exist once its trace has run. Until then every operation on it is recorded;
/// afterwards it behaves as the tensor it stands for.
public final class Deferred implements Tensor {
  private final Recording recording;
  private final Node node;
  private final @Nullable ShapeOnly known;

  Deferred(Recording recording, Node node, @Nullable ShapeOnly known) {
    this.recording = recording;
    this.node = node;
    this.known = known;
  }

  Recording origin() {
    return recording;
  }

  Node node() {
    return node;
  }

  /// Shape and dtype as the scan found them, or null without a scan.
  @Nullable ShapeOnly known() {
    return known;
  }

  @Override
  public int strength() {
    return 100;
  }

  @Override
  public @Nullable Object dispatch(OpCall call) {
    Recording open = Recorder.openRecording(call);
    return open == null ? Ops.call(Recorder.revealed(call)) : open.recorder().record(call);
  }

  @Override
  public DenseTensor dense() {
    return recording.valueOf(node).dense();
  }

  @Override
  public Tensor save() {
    if (recording.isOpen()) {
      recording.save(node);
    } else {
      dense().save();
    }
    return this;
  }

  @Override
  public Tensor grad() {
    return recording.isOpen() ? recording.recorder().gradientOf(this) : dense().grad();
  }

  @Override
  public void grad(Tensor gradient) {
    if (recording.isOpen()) {
      recording.recorder().replaceGradient(this, gradient);
    } else {
      dense().grad(gradient);
    }
  }

  @Override
  public Shape shape() {
    return recording.isOpen() ? known("shape").shape() : dense().shape();
  }

  @Override
  public DType dtype() {
    return recording.isOpen() ? known("dtype").dtype() : dense().dtype();
  }

  @Override
  public Device device() {
    return recording.isOpen() ? Device.CPU : dense().device();
  }

  private ShapeOnly known(String what) {
    if (known == null) {
      throw new IllegalStateException(
          "the %s of %s is not known before the run: %s"
              .formatted(what, node.label(), recording.whyUnscanned()));
    }
    return known;
  }

  @Override
  public String toString() {
    if (!recording.isOpen()) {
      return dense().toString();
    }
    String type = known == null ? "?" : known.dtype().label() + known.shape();
    return "Deferred(" + node.label() + " " + type + ")";
  }
}
