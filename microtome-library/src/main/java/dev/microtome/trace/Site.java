package dev.microtome.trace;

/// A place where a run can be read and changed: the input or output of one call of one layer.
///
/// @param path the layer's path, empty for the network itself
/// @param place its input or its output
/// @param call which of the layer's calls in the run, from 0
public record Site(String path, Place place, int call) {
  /// The two sides of a layer.
  public enum Place {
    INPUT,
    OUTPUT;

    /// `input` or `output`, as in JSON and messages.
    public String label() {
      return this == INPUT ? "input" : "output";
    }
  }

  public Site {
    if (call < 0) {
      throw new IllegalArgumentException("calls are counted from 0, got " + call);
    }
  }

  /// `layer1.output`, or `layer1.output[2]` for a later call.
  @Override
  public String toString() {
    String name = (path.isEmpty() ? "" : path + ".") + place.label();
    return call == 0 ? name : name + "[" + call + "]";
  }
}
