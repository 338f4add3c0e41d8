/// Floor 3: text files to train on, whatever the model. Start reading at
/// [dev.microtome.models.text.Utf8File].
@NullMarked
package dev.microtome.models.text;

import org.jspecify.annotations.NullMarked;
