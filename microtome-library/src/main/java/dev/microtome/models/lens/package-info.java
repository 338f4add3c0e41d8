/// Floor 3: the logit lens as pictures.
///
/// [dev.microtome.models.lens.LensPage] draws a [dev.microtome.models.LogitLens] as an HTML file,
/// [dev.microtome.models.lens.LensPicture] as an SVG; both need nothing beside themselves.
@NullMarked
package dev.microtome.models.lens;

import org.jspecify.annotations.NullMarked;
