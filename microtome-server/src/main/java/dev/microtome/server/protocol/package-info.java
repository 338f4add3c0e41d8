/// Floor 4: submitted bytes read with suspicion, without tensors and without running anything.
/// Start with [dev.microtome.server.protocol.JobReader]; `docs/protocol.md` says what clients send.
@NullMarked
package dev.microtome.server.protocol;

import org.jspecify.annotations.NullMarked;
