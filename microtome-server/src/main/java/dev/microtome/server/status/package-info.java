/// Floor 4: how a server is doing, in numbers. Start with [dev.microtome.server.status.Statistics].
@NullMarked
package dev.microtome.server.status;

import org.jspecify.annotations.NullMarked;
