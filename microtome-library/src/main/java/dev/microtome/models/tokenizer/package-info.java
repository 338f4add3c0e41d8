/// Floor 3: text to token ids and back, read from a Hugging Face `tokenizer.json`.
///
/// Start with [dev.microtome.models.tokenizer.Tokenizer]. A text passes, in this order, through the
/// added tokens ([dev.microtome.models.tokenizer.AddedTokens]), the normalizer, the pre-tokenizer,
/// the BPE model and the post-processor; ids come back through the decoder. The package is plain
/// Java and knows nothing of tensors.
@NullMarked
package dev.microtome.models.tokenizer;

import org.jspecify.annotations.NullMarked;
