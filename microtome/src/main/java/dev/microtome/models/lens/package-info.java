/// Floor 3: what each layer of a language model believes, as numbers and as pictures.
///
/// Start with [dev.microtome.models.lens.LogitLens], which reads a model; what it returns, a
/// [dev.microtome.models.lens.LensTable], is drawn by `LensPage` (HTML) and `LensPicture` (SVG).
@NullMarked
package dev.microtome.models.lens;

import org.jspecify.annotations.NullMarked;
