/// Floor 5: the command-line program.
///
/// Start with [dev.microtome.cli.Main]; each command is a class beside it. What a command prints
/// goes through [dev.microtome.cli.Output], so that one run serves a terminal, a pipe and a test.
@NullMarked
package dev.microtome.cli;

import org.jspecify.annotations.NullMarked;
