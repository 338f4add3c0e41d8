/// Floor 3: conversations to text, by the template that comes with a model.
///
/// Start with [dev.microtome.models.chat.ChatTemplate]. A template is a program in a strict subset
/// of Jinja and comes from strangers: it is cut into tokens, parsed into records
/// ([dev.microtome.models.chat.Statement], [dev.microtome.models.chat.Expression]) and evaluated
/// within a [dev.microtome.models.chat.Budget]. It sees plain values only: no reflection, no files,
/// no tensors.
@NullMarked
package dev.microtome.models.chat;

import org.jspecify.annotations.NullMarked;
