/// Floor 3: the same traces, run by a server. [dev.microtome.models.remote.Remote] is the client;
/// [dev.microtome.models.remote.JobForm] and [dev.microtome.models.remote.ResultForm] are what
/// travels, and the server reads and writes the same.
@NullMarked
package dev.microtome.models.remote;

import org.jspecify.annotations.NullMarked;
