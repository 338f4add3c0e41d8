/// Floor 0: checkpoint files. Start reading at [dev.microtome.tensor.file.Safetensors] (one file)
/// and [dev.microtome.tensor.file.SafetensorsFolder] (a directory, sharded or not).
///
/// Files come from strangers: every number is checked before it is used, and a bad file is a
/// [dev.microtome.tensor.file.SafetensorsException] that names the file, the byte and the reason.
@NullMarked
package dev.microtome.tensor.file;

import org.jspecify.annotations.NullMarked;
