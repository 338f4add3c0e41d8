package dev.microtome.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/// Layers in a row, named `0`, `1`, … PyTorch's `ModuleList`. It is not applied itself: its owner
/// loops over it.
public final class LayerList<L extends Layer<?, ?>> extends Layer<Object, Object>
    implements Iterable<L> {
  private final List<L> layers = new ArrayList<>();

  public LayerList(List<? extends L> layers) {
    for (L layer : layers) {
      this.layers.add(child(Integer.toString(this.layers.size()), layer));
    }
  }

  /// `count` layers, made from their positions.
  public static <L extends Layer<?, ?>> LayerList<L> of(int count, IntFunction<? extends L> make) {
    return new LayerList<>(IntStream.range(0, count).<L>mapToObj(make).toList());
  }

  public L get(int index) {
    return layers.get(index);
  }

  public L getFirst() {
    return layers.getFirst();
  }

  public L getLast() {
    return layers.getLast();
  }

  public int size() {
    return layers.size();
  }

  /// The layers, unmodifiable.
  public List<L> asList() {
    return Collections.unmodifiableList(layers);
  }

  @Override
  public Iterator<L> iterator() {
    return asList().iterator();
  }

  @Override
  protected Object forward(Object input) {
    throw new UnsupportedOperationException("a LayerList is not applied; loop over its layers");
  }

  @Override
  @SuppressWarnings("unchecked") // LayerCopy checks that a twin has its original's class
  protected LayerList<L> twin() {
    return new LayerList<>(layers.stream().map(layer -> (L) layer.twin()).toList());
  }

  @Override
  protected String name() {
    return "ModuleList";
  }
}
