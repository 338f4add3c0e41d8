package dev.microtome.tensor.pickle;

/// An instance of one of libtorch's own classes in a checkpoint, the packed weights of a quantized
/// LSTM for example: the class's name and what the instance is made from.
public record ScriptValue(String type, TupleValue state) {
  public static final String CELL = "__torch__.torch.classes.rnn.CellParamsBase";
  public static final String LINEAR = "__torch__.torch.classes.quantized.LinearPackedParamsBase";
  public static final String EMBEDDING =
      "__torch__.torch.classes.quantized.EmbeddingPackedParamsBase";
}
