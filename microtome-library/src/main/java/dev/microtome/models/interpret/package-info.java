/// Floor 3: what a language model's parts do, found with traces that know no architecture.
///
/// Start with [dev.microtome.models.interpret.LogitLens] (one prompt) and
/// [dev.microtome.models.interpret.ActivationPatching] (a [dev.microtome.models.interpret.Contrast]
/// of two). Results are records of numbers and texts, drawn by `models.pictures`.
@NullMarked
package dev.microtome.models.interpret;

import org.jspecify.annotations.NullMarked;
