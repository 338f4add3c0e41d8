/// Floor 3: a word language model of LSTM layers, its corpus, training, evaluation and text. Start
/// reading at [dev.microtome.models.lstm.LstmModel].
@NullMarked
package dev.microtome.models.lstm;

import org.jspecify.annotations.NullMarked;
