package dev.microtome.trace;

/// A place where a run can be read and changed: the input or output of one call of one layer, for
/// all rows of the batch or for those of one invoke.
///
/// @param path the layer's path, empty for the network itself
/// @param place its input or its output
/// @param call which of the layer's calls in the run, from 0
/// @param invoke which of the batch's invokes, from 0, or [#ALL]
public record Site(String path, Place place, int call, int invoke) {
  /// Every row of the batch.
  public static final int ALL = -1;

  /// The path under which what a whole generation made passes.
  public static final String GENERATOR = "generator";

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
    if (invoke < ALL) {
      throw new IllegalArgumentException("invokes are counted from 0, got " + invoke);
    }
  }

  /// The output of the same call.
  Site output() {
    return new Site(path, Place.OUTPUT, call, invoke);
  }

  /// The same place for the rows of one invoke.
  Site of(int one) {
    return new Site(path, place, call, one);
  }

  /// The same place for the whole batch.
  Site ofAllRows() {
    return invoke == ALL ? this : new Site(path, place, call, ALL);
  }

  boolean sharesRowsWith(Site other) {
    return invoke == ALL || other.invoke == ALL || invoke == other.invoke;
  }

  /// `layer1.output`, or `layer1.output[2]` for a later call.
  @Override
  public String toString() {
    String name = (path.isEmpty() ? "" : path + ".") + place.label();
    return call == 0 ? name : name + "[" + call + "]";
  }
}
