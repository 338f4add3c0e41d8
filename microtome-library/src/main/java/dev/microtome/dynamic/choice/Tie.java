package dev.microtome.dynamic.choice;

/// A weight that two layers share; a form of one of them would make it two weights.
///
/// @param other the path of the other layer
/// @param counted whether its bytes are counted there
record Tie(String other, boolean counted) {
  static final Tie NONE = new Tie("", false);
}
