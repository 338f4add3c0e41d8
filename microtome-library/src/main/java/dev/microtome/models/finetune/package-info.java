/// Floor 3: training language models further on texts of one's own, as a rule adapters beside
/// weights of few bits. Start reading at [dev.microtome.models.finetune.Finetune].
@NullMarked
package dev.microtome.models.finetune;

import org.jspecify.annotations.NullMarked;
