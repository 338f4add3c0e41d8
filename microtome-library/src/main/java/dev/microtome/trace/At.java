package dev.microtome.trace;

import dev.microtome.tensor.Tensor;

/// A layer as seen from inside a trace: what goes in, what comes out, of one of its calls.
///
/// A value of several tensors (a record, a list) comes as one whose tensors are deferred.
public final class At<I, O> {
  private final Recording recording;
  private final String path;
  private final int call;
  private final int invoke;

  At(Recording recording, String path, int call, int invoke) {
    this.recording = recording;
    this.path = path;
    this.call = call;
    this.invoke = invoke;
  }

  /// The same layer at its `index`-th call of the run, counted from 0.
  public At<I, O> call(int index) {
    return new At<>(recording, path, index, invoke);
  }

  public O output() {
    return recording.read(site(Site.Place.OUTPUT));
  }

  public I input() {
    return recording.read(site(Site.Place.INPUT));
  }

  /// Replaces the output: everything downstream sees `value`, which must have the same shapes.
  public void output(O value) {
    recording.replace(site(Site.Place.OUTPUT), value);
  }

  /// Replaces the input.
  public void input(I value) {
    recording.replace(site(Site.Place.INPUT), value);
  }

  /// Does not run this call of the layer: its output is `value`, which must be known before the
  /// layer is reached. Layers inside it are not called, and can't be read; their later calls keep
  /// their numbers.
  ///
  /// In a [Batch] the layer runs for the other inputs, in a generation for the keys and values that
  /// later steps need: then its output is replaced, and to the one who skips all looks as above.
  public void skip(O value) {
    recording.skip(site(Site.Place.INPUT), value);
  }

  /// The layer's parameter or buffer of this name, such as `weight`; see [Trace#parameter].
  public Tensor parameter(String name) {
    return recording.parameter(path.isEmpty() ? name : path + "." + name);
  }

  private Site site(Site.Place place) {
    return new Site(path, place, call, invoke);
  }

  /// The first tensor of the output, for layers whose output is not just one tensor.
  public Tensor outputTensor() {
    return recording.readTensor(site(Site.Place.OUTPUT));
  }

  @Override
  public String toString() {
    return "At(" + (path.isEmpty() ? "the network" : path) + ", call " + call + ")";
  }
}
