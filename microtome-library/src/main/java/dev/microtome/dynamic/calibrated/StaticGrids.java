package dev.microtome.dynamic.calibrated;

import dev.microtome.dynamic.observe.Grid;

/// How numbers enter and leave a [StaticLayer].
///
/// @param in of what comes in as plain numbers
/// @param out of what goes out
/// @param relu whether numbers below zero become zero
/// @param handsOn whether what goes out stays whole numbers
public record StaticGrids(Grid in, Grid out, boolean relu, boolean handsOn) {
  StaticGrids handingOn(boolean whole) {
    return new StaticGrids(in, out, relu, whole);
  }
}
