package dev.microtome.dynamic;

import dev.microtome.nn.Layer;
import dev.microtome.nn.RnnSettings;
import dev.microtome.tensor.NativeObject;
import dev.microtome.tensor.QuantizedEngine;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// All cells of a recurrent network, and the checks its kernel does not make.
final class PackedStack implements Packed {
  private final long inputSize;
  private final long hiddenSize;
  private final RnnSettings settings;
  private final List<PackedCell> cells;
  private final NativeObject list;

  PackedStack(
      String operation,
      long inputSize,
      long hiddenSize,
      RnnSettings settings,
      List<PackedCell> cells) {
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.settings = settings;
    this.cells = List.copyOf(cells);
    this.list = NativeObject.listFor(operation, 2, cells.stream().map(PackedCell::packed).toList());
  }

  /// Quantizes the weights of an `Lstm` or `Gru`, cell by cell.
  static List<PackedCell> cells(
      Layer<?, ?> layer, RnnSettings settings, DynamicConfig config, QuantizedEngine engine) {
    Map<String, Tensor> weights = layer.namedParameters();
    var cells = new ArrayList<PackedCell>();
    for (int i = 0; i < settings.layers(); i++) {
      for (int direction = 0; direction < settings.directions(); direction++) {
        String end = "_l" + i + (direction == 0 ? "" : "_reverse");
        cells.add(
            PackedCell.of(
                "layer " + i,
                layer.tensor("weight_ih" + end),
                layer.tensor("weight_hh" + end),
                weights.get("bias_ih" + end),
                weights.get("bias_hh" + end),
                config,
                engine));
      }
    }
    return cells;
  }

  long inputSize() {
    return inputSize;
  }

  long hiddenSize() {
    return hiddenSize;
  }

  RnnSettings settings() {
    return settings;
  }

  List<PackedCell> cells() {
    return cells;
  }

  /// Width of the output, both directions side by side.
  long outputWidth() {
    return hiddenSize * settings.directions();
  }

  /// All cells as the kernel's one argument.
  NativeObject list() {
    return list;
  }

  boolean isHalf() {
    return cells.getFirst().input().half();
  }

  /// Checks the input and returns the shape its states must have.
  Shape checkInput(String layer, Tensor x) {
    Inputs.checkFloat(layer, x);
    if (x.dim() != 3) {
      throw new IllegalArgumentException(
          "%s: input must have 3 dimensions, got %d".formatted(layer, x.dim()));
    }
    if (x.size(-1) != inputSize) {
      throw new IllegalArgumentException(
          "%s: input.size(-1) must be equal to input_size. Expected %d, got %d"
              .formatted(layer, inputSize, x.size(-1)));
    }
    Inputs.checkFinite(layer, x);
    long batch = x.size(settings.batchFirst() ? 0 : 1);
    return new Shape((long) settings.layers() * settings.directions(), batch, hiddenSize);
  }

  static void checkState(String layer, int index, Tensor state, Shape expected) {
    if (!state.shape().equals(expected)) {
      throw new IllegalArgumentException(
          "%s: Expected hidden[%d] size %s, got %s"
              .formatted(layer, index, tuple(expected), list(state.shape())));
    }
    Inputs.checkFloat(layer, state);
    Inputs.checkFinite(layer, state);
  }

  private static String tuple(Shape shape) {
    String list = list(shape);
    return "(" + list.substring(1, list.length() - 1) + ")";
  }

  private static String list(Shape shape) {
    return Arrays.toString(shape.dims());
  }

  @Override
  public Map<String, Tensor> quantizedWeights() {
    var weights = new LinkedHashMap<String, Tensor>();
    for (int i = 0; i < cells.size(); i++) {
      boolean reverse = i % settings.directions() == 1;
      String end = "_l" + i / settings.directions() + (reverse ? "_reverse" : "");
      weights.put("weight_ih" + end, cells.get(i).input().weight());
      weights.put("weight_hh" + end, cells.get(i).hidden().weight());
    }
    return weights;
  }

  @Override
  public Map<String, Object> pickledState() {
    var state = new LinkedHashMap<String, Object>();
    for (int i = 0; i < cells.size(); i++) {
      state.put("_all_weight_values." + i + ".param", cells.get(i).pickled());
    }
    return state;
  }

  @Override
  public Map<String, Long> versions() {
    var versions = new LinkedHashMap<String, Long>();
    versions.put("", 2L);
    versions.put("_all_weight_values", 1L);
    for (int i = 0; i < cells.size(); i++) versions.put("_all_weight_values." + i, 1L);
    return versions;
  }

  @Override
  public long bytes() {
    return cells.stream().mapToLong(PackedCell::bytes).sum();
  }

  @Override
  public String describe() {
    return inputSize + ", " + hiddenSize + settings.describe();
  }
}
