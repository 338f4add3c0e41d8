package dev.microtome.trace;

import dev.microtome.tensor.Tensor;

/// A layer as seen from inside a trace: what goes in, what comes out, of one of its calls.
///
/// A value of several tensors (a record, a list) comes as one whose tensors are deferred.
public final class At<I, O> {
  private final Trace trace;
  private final String path;
  private final int call;

  At(Trace trace, String path, int call) {
    this.trace = trace;
    this.path = path;
    this.call = call;
  }

  /// The same layer at its `index`-th call of the run, counted from 0.
  public At<I, O> call(int index) {
    return new At<>(trace, path, index);
  }

  public O output() {
    return trace.read(site(Site.Place.OUTPUT));
  }

  public I input() {
    return trace.read(site(Site.Place.INPUT));
  }

  /// Replaces the output: everything downstream sees `value`, which must have the same shapes.
  public void output(O value) {
    trace.replace(site(Site.Place.OUTPUT), value);
  }

  /// Replaces the input.
  public void input(I value) {
    trace.replace(site(Site.Place.INPUT), value);
  }

  private Site site(Site.Place place) {
    return new Site(path, place, call);
  }

  /// The first tensor of the output, for layers whose output is not just one tensor.
  public Tensor outputTensor() {
    return trace.readTensor(site(Site.Place.OUTPUT));
  }

  @Override
  public String toString() {
    return "At(" + (path.isEmpty() ? "the network" : path) + ", call " + call + ")";
  }
}
