/// Floor 3: what `models.interpret` finds, as HTML pages and SVG pictures that need nothing beside
/// themselves.
///
/// [dev.microtome.models.pictures.LensPage] draws a [dev.microtome.models.interpret.LogitLens] as
/// an HTML file, [dev.microtome.models.pictures.LensPicture] as an SVG.
@NullMarked
package dev.microtome.models.pictures;

import org.jspecify.annotations.NullMarked;
