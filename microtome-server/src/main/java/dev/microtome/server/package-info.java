/// Floor 4: hosts models and runs intervention graphs that come over HTTP.
///
/// A job is a graph, data and never code: [dev.microtome.server.job] says what it is,
/// [dev.microtome.server.queue] keeps it until it is done, [dev.microtome.server.work] runs it.
@NullMarked
package dev.microtome.server;

import org.jspecify.annotations.NullMarked;
