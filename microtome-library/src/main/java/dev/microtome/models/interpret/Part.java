package dev.microtome.models.interpret;

/// What of a network is patched, or gets a share of a result.
public enum Part {
  /// The residual stream: after the embeddings and after each block.
  RESIDUAL("resid", "residual stream"),
  /// What each block's attention adds to the stream.
  ATTENTION("attn", "attention"),
  /// What each block's MLP adds to the stream.
  MLP("mlp", "MLP"),
  /// What each attention head gives, before the heads are joined.
  HEADS("heads", "heads");

  private final String label;
  private final String title;

  Part(String label, String title) {
    this.label = label;
    this.title = title;
  }

  /// The field's short name, as in options and JSON.
  public String label() {
    return label;
  }

  /// The name for people.
  public String title() {
    return title;
  }
}
