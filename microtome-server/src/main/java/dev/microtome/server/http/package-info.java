/// Floor 4: jobs over HTTP/1.1, on Jetty and virtual threads. Start with
/// [dev.microtome.server.http.HttpApi]; its [dev.microtome.server.http.Route]s are all there is,
/// what is not listed is refused. `docs/protocol.md` tells clients.
@NullMarked
package dev.microtome.server.http;

import org.jspecify.annotations.NullMarked;
