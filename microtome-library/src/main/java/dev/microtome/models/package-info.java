/// Floor 3: language models from Hugging Face folders, run, looked into and made to write.
///
/// Start with [dev.microtome.models.LanguageModel], the model with its tokenizer, and
/// [dev.microtome.models.Gpt2], the network from top to bottom in one file.
@NullMarked
package dev.microtome.models;

import org.jspecify.annotations.NullMarked;
