package dev.microtome.models.tokenizer;

/// A station that tokens run through on their way to text.
interface Flow {
  void accept(String token);

  /// Nothing more comes; lets go of what was held back.
  void finish();
}
