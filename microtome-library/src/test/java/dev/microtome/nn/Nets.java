package dev.microtome.nn;

import dev.microtome.tensor.Tensor;

/// Small networks for tests.
final class Nets {
  private Nets() {}

  /// A composite with slots, a child and a list.
  static final class Block extends Layer<Tensor, Tensor> {
    final Slot<Tensor, Tensor> up = slot("up", new Linear(4, 8));
    final Slot<Tensor, Tensor> act = slot("act", new GELU());
    final Slot<Tensor, Tensor> down = slot("down", new Linear(8, 4, false));

    @Override
    protected Tensor forward(Tensor x) {
      return down.apply(act.apply(up.apply(x)));
    }

    @Override
    protected Block twin() {
      return new Block();
    }
  }

  static final class Tower extends Layer<Tensor, Tensor> {
    final Embedding table = child("table", new Embedding(7, 4));
    final LayerList<Block> h = child("h", LayerList.of(3, _ -> new Block()));
    final Slot<Tensor, Tensor> norm = slot("norm", new LayerNorm(4));
    final Slot<Tensor, Tensor> head = slot("head", new Linear(4, 7, false));

    Tower() {
      tie("head.weight", "table.weight");
    }

    @Override
    protected Tensor forward(Tensor ids) {
      Tensor x = table.apply(ids);
      for (Block block : h) {
        x = x.add(block.apply(x));
      }
      return head.apply(norm.apply(x));
    }

    @Override
    protected Tower twin() {
      return new Tower();
    }
  }
}
