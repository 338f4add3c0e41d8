package dev.microtome.models.hub;

/// Hears how a download gets on.
@FunctionalInterface
public interface HubProgress {
  /// Hears nothing.
  HubProgress SILENT = (_, _, _) -> {};

  /// Some bytes of a file are there.
  ///
  /// @param file its name in the repository
  /// @param done bytes so far, those of an earlier attempt included
  /// @param total bytes in all
  void at(String file, long done, long total);
}
