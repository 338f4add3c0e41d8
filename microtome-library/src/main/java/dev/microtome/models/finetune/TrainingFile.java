package dev.microtome.models.finetune;

import dev.microtome.nn.Optimizer;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.file.FileDraft;
import dev.microtome.tensor.file.Safetensors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A checkpoint: what is trained, what the optimizer remembers, the losses so far, and what the
/// training was. It takes its name in one step, so a killed program leaves this one or the one
/// before.
record TrainingFile(Path path) {
  private static final String PARAMETER = "parameter.";
  private static final String OPTIMIZER = "optimizer.";
  private static final String TRAIN = "losses.train";
  private static final String HELD_OUT = "losses.held_out";
  private static final String RUN = "run.";

  void write(
      Map<String, Tensor> parameters,
      Optimizer optimizer,
      LossHistory losses,
      Map<String, String> identity) {
    var tensors = new LinkedHashMap<String, Tensor>();
    parameters.forEach((name, tensor) -> tensors.put(PARAMETER + name, tensor.detach()));
    optimizer.stateDict().forEach((name, tensor) -> tensors.put(OPTIMIZER + name, tensor));
    tensors.put(TRAIN, losses.trainTensor());
    tensors.put(HELD_OUT, losses.heldOutTensor());
    var words = new LinkedHashMap<String, String>();
    identity.forEach((name, value) -> words.put(RUN + name, value));
    Safetensors.write(path, tensors, words);
  }

  /// Takes a checkpoint over; null when there is none.
  ///
  /// @throws IllegalArgumentException when it belongs to another training, or is not sound; then
  ///   nothing was changed
  @Nullable LossHistory read(
      Map<String, Tensor> parameters, Optimizer optimizer, Map<String, String> identity) {
    FileDraft.clear(path);
    if (!Files.exists(path)) {
      return null;
    }
    try (var file = Safetensors.open(path)) {
      checkSame(file.metadata(), identity);
      parameters.forEach((name, tensor) -> checkFits(file, name, tensor));
      if (!file.contains(TRAIN) || !file.contains(HELD_OUT)) {
        throw refused("has no losses");
      }
      var losses = LossHistory.of(file.tensor(TRAIN), file.tensor(HELD_OUT));
      optimizer.load(remembered(file));
      Grad.off(
          () -> parameters.forEach((name, tensor) -> tensor.copy_(file.tensor(PARAMETER + name))));
      return losses;
    }
  }

  private static Map<String, Tensor> remembered(Safetensors file) {
    var remembered = new LinkedHashMap<String, Tensor>();
    for (String name : file.names()) {
      if (name.startsWith(OPTIMIZER)) {
        remembered.put(name.substring(OPTIMIZER.length()), file.tensor(name));
      }
    }
    return remembered;
  }

  private void checkSame(Map<String, String> found, Map<String, String> wanted) {
    wanted.forEach((name, value) -> {
      String there = found.get(RUN + name);
      if (!value.equals(there)) {
        boolean spelled = value.length() < 32 || name.equals("adapters");
        throw refused(
            spelled
                ? "belongs to a training with %s %s, this one has %s".formatted(name, there, value)
                : "belongs to a training with other " + name);
      }
    });
  }

  private void checkFits(Safetensors file, String name, Tensor parameter) {
    String stored = PARAMETER + name;
    if (!file.contains(stored)
        || !file.shape(stored).equals(parameter.shape())
        || file.dtype(stored) != parameter.dtype()) {
      throw refused(
          "has no '%s' %s%s".formatted(stored, parameter.dtype().label(), parameter.shape()));
    }
  }

  private IllegalArgumentException refused(String why) {
    return new IllegalArgumentException(
        "%s %s; the same settings go on from it, others need another folder (or remove the file to begin anew)"
            .formatted(path, why));
  }
}
