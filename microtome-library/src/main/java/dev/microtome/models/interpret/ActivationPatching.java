package dev.microtome.models.interpret;

import dev.microtome.models.CausalNetwork;
import dev.microtome.models.LanguageModel;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import dev.microtome.trace.Trace;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.function.IntConsumer;

/// Runs the corrupt prompt with one part of the clean run in its place, for every layer and token
/// and for every head, and measures how much of the clean answer comes back (Vig et al. 2020, Meng
/// et al. 2022).
///
/// ```java
/// var contrast = Contrast.of(lm, "The Eiffel Tower is in", "The Colosseum is in");
/// double restored = ActivationPatching.of(lm, contrast).map(Part.MLP).effect(1, 4);
/// ```
///
/// Many patched copies of the prompt share a forward run, each a row of its batch.
public final class ActivationPatching {
  private static final int MOST_TOKENS = 2048; // in one run: bounds memory

  private final LanguageModel<?> lm;
  private final Contrast contrast;
  private final IntConsumer onPatched;

  private ActivationPatching(LanguageModel<?> lm, Contrast contrast, IntConsumer onPatched) {
    this.lm = lm;
    this.contrast = contrast;
    this.onPatched = onPatched;
  }

  /// Patches every part.
  public static Patching of(LanguageModel<?> lm, Contrast contrast) {
    return of(lm, contrast, EnumSet.allOf(Part.class), _ -> {});
  }

  /// Patches the parts named; `onPatched` hears after each run how many patches it had.
  public static Patching of(
      LanguageModel<?> lm, Contrast contrast, Collection<Part> parts, IntConsumer onPatched) {
    var patching = new ActivationPatching(lm, contrast, onPatched);
    return Grad.off(() -> Scope.run(() -> patching.run(EnumSet.copyOf(parts))));
  }

  /// How many patches these parts of a network need.
  public static int count(CausalNetwork network, Contrast contrast, Collection<Part> parts) {
    return parts.stream()
        .flatMap(part -> Place.of(network, part).stream())
        .mapToInt(place -> place.columns(contrast.clean().size()))
        .sum();
  }

  /// What the two prompts run to, row 0 clean, row 1 corrupt.
  private record Both(List<Tensor> values, Tensor scores) {}

  /// One patched copy of the prompt.
  private record Cell(int place, int column) {}

  private Patching run(EnumSet<Part> parts) {
    List<Place> places =
        parts.stream().flatMap(part -> Place.of(lm.network(), part).stream()).toList();
    Tensor prompts = Tensor.of(new long[][] {contrast.clean().array(), contrast.corrupt().array()});
    Both both =
        lm.model()
            .trace(
                input(prompts),
                t ->
                    new Both(
                        places.stream().map(place -> place.value().apply(t)).toList(), score(t)));
    double clean = both.scores().get(0).item();
    double corrupt = both.scores().get(1).item();
    var cells = new ArrayList<Cell>();
    for (int place = 0; place < places.size(); place++) {
      for (int column = 0; column < places.get(place).columns(contrast.clean().size()); column++) {
        cells.add(new Cell(place, column));
      }
    }
    var effects = new ArrayList<Double>();
    int most = Math.max(1, MOST_TOKENS / contrast.clean().size());
    for (int from = 0; from < cells.size(); from += most) {
      List<Cell> some = cells.subList(from, Math.min(from + most, cells.size()));
      for (double score : Scope.run(() -> patched(places, some, both.values())).toDoubles()) {
        effects.add(Patching.effect(score, clean, corrupt));
      }
      onPatched.accept(some.size());
    }
    List<PatchMap> maps = Maps.of(places, contrast.clean().tokens(), effects);
    return new Patching(Patching.Method.MEASURED, contrast, clean, corrupt, maps);
  }

  // The corrupt prompt once for each cell, (cells), each with its part of the clean run.
  private Tensor patched(List<Place> places, List<Cell> cells, List<Tensor> values) {
    long[] one = contrast.corrupt().array();
    Tensor rows = Tensor.of(new long[][] {one}).repeat(cells.size(), 1);
    return lm.model()
        .trace(
            input(rows),
            t -> {
              int row = 0;
              while (row < cells.size()) {
                int place = cells.get(row).place();
                Tensor passing = places.get(place).value().apply(t);
                Tensor known = values.get(place);
                for (; row < cells.size() && cells.get(row).place() == place; row++) {
                  int column = cells.get(row).column();
                  Object[] from = places.get(place).index(0, column, known.size(-1));
                  passing
                      .at(places.get(place).index(row, column, known.size(-1)))
                      .set(known.get(from));
                }
              }
              return score(t);
            });
  }

  private static CausalNetwork.Input input(Tensor ids) {
    return new CausalNetwork.Input(ids, null, null, null, 1);
  }

  private Tensor score(Trace t) {
    return contrast.score().of(t.at(lm.network().head()).output().select(1, -1));
  }
}
