package dev.microtome.nn;

import java.util.List;

/// A state dict does not fit a network; nothing was loaded. The message lists the first paths of
/// each kind, [#report] has all.
public final class StateDictException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;
  private static final int SHOWN = 8;

  private final transient LoadReport report;

  StateDictException(String network, LoadReport report) {
    super(
        "the state dict does not fit %s, nothing was loaded:%s%s%s"
            .formatted(
                network,
                part("missing", report.missing()),
                part("unexpected", report.unexpected()),
                part("misshaped", report.misshaped())));
    this.report = report;
  }

  /// All paths that did not fit.
  public LoadReport report() {
    return report;
  }

  private static String part(String kind, List<String> paths) {
    if (paths.isEmpty()) {
      return "";
    }
    String shown = String.join(", ", paths.subList(0, Math.min(SHOWN, paths.size())));
    String more = paths.size() > SHOWN ? ", … and %d more".formatted(paths.size() - SHOWN) : "";
    return "%n  %s: %s%s".formatted(kind, shown, more);
  }
}
