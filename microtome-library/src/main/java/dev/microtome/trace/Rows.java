package dev.microtome.trace;

import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which part of a batched activation belongs to which invoke.
///
/// The part is found by comparing the shapes of the invoke run alone with those of the batch: where
/// the first dimension differs it is cut to the invoke's rows, where another differs its left
/// padding is cut off. So an invoke sees exactly what it would see alone, as a view.
final class Rows {
  /// What is known of a run of several inputs, and of each alone; of one input only itself.
  record Scans(@Nullable ScannedRun batch, List<@Nullable ScannedRun> alone) {
    @Nullable ScannedRun of(int invoke) {
      return invoke >= 0 && invoke < alone.size() ? alone.get(invoke) : batch;
    }
  }

  /// One dimension narrowed.
  record Cut(int dim, long start, long length) {}

  private final long[] starts;
  private final long[] counts;
  private final long total;
  private final @Nullable ScannedRun batch;
  private final List<@Nullable ScannedRun> alone;

  Rows(long[] counts, @Nullable ScannedRun batch, List<@Nullable ScannedRun> alone) {
    this.counts = counts;
    this.starts = new long[counts.length];
    long rows = 0;
    for (int i = 0; i < counts.length; i++) {
      starts[i] = rows;
      rows += counts[i];
    }
    this.total = rows;
    this.batch = batch;
    this.alone = alone;
  }

  /// Scans as far as the sites of `graph` need, which can't be done while the network runs.
  void scanFor(Graph graph) {
    for (Node node : graph.nodes()) {
      Site site = Plan.siteOf(node);
      if (site != null && batch != null) {
        batch.order(site);
        batch.order(site.output());
      }
    }
  }

  /// What to cut from `whole`, the `piece`-th tensor that passes `site`; nothing when every invoke
  /// shares it.
  List<Cut> cuts(Site site, int piece, Tensor whole) {
    if (site.invoke() == Site.ALL || counts.length < 2) {
      return List.of();
    }
    ScannedRun own = alone.get(site.invoke());
    Tensor told = batch == null ? null : batch.piece(site, piece);
    Tensor ownTold = own == null ? null : own.piece(site, piece);
    Shape shape = whole.shape();
    if (told == null || ownTold == null || !told.shape().equals(shape)) {
      return shape.rank() > 0 && shape.get(0) == total ? List.of(rows(site)) : List.of();
    }
    return compared(site, shape, ownTold.shape());
  }

  private List<Cut> compared(Site site, Shape whole, Shape own) {
    if (whole.rank() != own.rank()) {
      throw cannotCut(site, whole, own);
    }
    var cuts = new ArrayList<Cut>();
    for (int dim = 0; dim < whole.rank(); dim++) {
      long missing = whole.get(dim) - own.get(dim);
      if (dim == 0 && missing != 0) {
        if (whole.get(0) != total || own.get(0) != counts[site.invoke()]) {
          throw cannotCut(site, whole, own);
        }
        cuts.add(rows(site));
      } else if (missing > 0) {
        cuts.add(new Cut(dim, missing, own.get(dim)));
      } else if (missing < 0) {
        throw cannotCut(site, whole, own);
      }
    }
    return cuts;
  }

  private Cut rows(Site site) {
    return new Cut(0, starts[site.invoke()], counts[site.invoke()]);
  }

  private static IllegalStateException cannotCut(Site site, Shape whole, Shape own) {
    return new IllegalStateException(
        "%s is %s in the batch and %s alone: the rows of one prompt can't be told apart; trace it alone"
            .formatted(site, whole, own));
  }

  /// The part itself, a view.
  static Tensor part(Tensor whole, List<Cut> cuts) {
    Tensor part = whole;
    for (Cut cut : cuts) {
      part = part.narrow(cut.dim(), cut.start(), cut.length());
    }
    return part;
  }

  /// Rows of one invoke can't take another shape than those beside them.
  static void refuseOtherShape(Site site, Tensor whole, List<Cut> cuts, Tensor next) {
    if (!cuts.isEmpty() && !part(whole, cuts).shape().equals(next.shape())) {
      throw new IllegalArgumentException(
          "%s is %s for this prompt of the batch and can't be replaced by %s"
              .formatted(site, part(whole, cuts).shape(), next.shape()));
    }
  }

  /// A copy of `whole` with `part` in its place.
  static Tensor withPart(Tensor whole, List<Cut> cuts, Tensor part) {
    if (cuts.isEmpty()) {
      return part;
    }
    Tensor copy = whole.copy();
    part(copy, cuts).copy_(part);
    return copy;
  }

  /// `whole` put together anew around `part`, so that gradients pass through `part` itself.
  static Tensor around(Tensor whole, List<Cut> cuts, Tensor part) {
    if (cuts.isEmpty()) {
      return part;
    }
    Cut cut = cuts.getFirst();
    long end = cut.start() + cut.length();
    var pieces = new ArrayList<Tensor>();
    if (cut.start() > 0) {
      pieces.add(whole.narrow(cut.dim(), 0, cut.start()));
    }
    Tensor middle = whole.narrow(cut.dim(), cut.start(), cut.length());
    pieces.add(around(middle, cuts.subList(1, cuts.size()), part));
    if (end < whole.size(cut.dim())) {
      pieces.add(whole.narrow(cut.dim(), end, whole.size(cut.dim()) - end));
    }
    return Tensor.cat(pieces, cut.dim());
  }
}
