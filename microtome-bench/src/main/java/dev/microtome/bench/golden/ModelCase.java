package dev.microtome.bench.golden;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.Safetensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/// One folder of goldens for a model: the model, and what it must do.
///
/// @param folder configuration and weights
/// @param expected `expected.json`
/// @param tensors `expected.safetensors`
/// @param found what agrees
/// @param read the names of the tensors that were looked at
record ModelCase(
    Path folder, JsonNode expected, Safetensors tensors, Comparison found, Set<String> read) {
  /// The model anew, with the weights as they are stored.
  LanguageModel<?> open() {
    return LanguageModel.load(folder);
  }

  boolean has(String tensor) {
    return tensors.contains(tensor);
  }

  Tensor tensor(String name) {
    read.add(name);
    return tensors.tensor(name);
  }

  /// Compares with the tensor of that name if there is one.
  void close(String name, Tensor actual) {
    if (has(name)) {
      found.close(name, tensor(name), actual);
    }
  }

  /// The same, where the golden was recorded for the first rows of the batch only.
  void closeRows(String name, Tensor actual) {
    if (has(name)) {
      found.close(name, tensor(name), actual.narrow(0, 0, tensor(name).size(0)));
    }
  }

  CausalNetwork.Input input() {
    return new CausalNetwork.Input(tensor("input_ids"));
  }

  /// The layers whose outputs are the hidden states, in the order of their numbers: embeddings, all
  /// blocks but the last, and the final norm.
  static List<Layer<?, Tensor>> hiddenStates(CausalNetwork network) {
    var layers = new ArrayList<Layer<?, Tensor>>();
    layers.add(network.embedded().get());
    layers.addAll(network.blocks().subList(0, network.blocks().size() - 1));
    layers.add(network.finalNorm().get());
    return layers;
  }

  static long[] longs(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false).mapToLong(JsonNode::longValue).toArray();
  }

  static List<long[]> rows(JsonNode lists) {
    return StreamSupport.stream(lists.spliterator(), false).map(ModelCase::longs).toList();
  }

  static List<long[]> rows(Tensor ids) {
    var rows = new ArrayList<long[]>();
    for (long row = 0; row < ids.size(0); row++) {
      rows.add(ids.select(0, row).toLongs());
    }
    return rows;
  }
}
