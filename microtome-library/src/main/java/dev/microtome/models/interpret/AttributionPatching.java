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

/// Estimates what [ActivationPatching] measures, for all places at once, from two forward runs and
/// one backward: the gradient at a place of the corrupt run, times what the clean run has there in
/// addition (Nanda 2023). Exact where the network is linear, good where the two runs are near each
/// other.
public final class AttributionPatching {
  private AttributionPatching() {}

  /// What a run gave at each place.
  private record Seen(List<Tensor> values, List<Tensor> gradients, Tensor score) {}

  /// Estimates for every part.
  public static Patching of(LanguageModel<?> lm, Contrast contrast) {
    return of(lm, contrast, EnumSet.allOf(Part.class));
  }

  /// Estimates for the parts named.
  public static Patching of(LanguageModel<?> lm, Contrast contrast, Collection<Part> parts) {
    List<Place> places =
        EnumSet.copyOf(parts).stream()
            .flatMap(part -> Place.of(lm.network(), part).stream())
            .toList();
    return Scope.run(() -> {
      Seen clean = Grad.off(() -> seen(lm, contrast.clean(), contrast.score(), places, false));
      Seen corrupt =
          StillParameters.during(
              lm, () -> seen(lm, contrast.corrupt(), contrast.score(), places, true));
      return patching(contrast, places, clean, corrupt);
    });
  }

  private static Patching patching(
      Contrast contrast, List<Place> places, Seen clean, Seen corrupt) {
    double high = clean.score().item();
    double low = corrupt.score().item();
    var effects = new ArrayList<Double>();
    Grad.off(() -> {
      for (int i = 0; i < places.size(); i++) {
        Tensor more = clean.values().get(i).sub(corrupt.values().get(i));
        Tensor each = more.mul(corrupt.gradients().get(i)).squeeze(0); // (T, width)
        int heads = places.get(i).heads();
        Tensor shares =
            heads == 0 ? each.sum(-1) : each.unflatten(1, heads, -1).sum(0, 2); // (T) or (H)
        for (double share : shares.toDoubles()) {
          effects.add(share / (high - low));
        }
      }
    });
    return new Patching(
        Patching.Method.ESTIMATED,
        contrast,
        high,
        low,
        Maps.of(places, contrast.clean().tokens(), effects));
  }

  private static Seen seen(
      LanguageModel<?> lm, Prompt prompt, Score score, List<Place> places, boolean gradients) {
    Tensor ids = Tensor.of(new long[][] {prompt.array()});
    var input = new CausalNetwork.Input(ids, null, null, null, 1);
    return lm.model()
        .trace(
            input,
            t -> {
              var values = new ArrayList<Tensor>();
              if (gradients) {
                t.at(lm.network().embedded()).output().requiresGrad_(true);
              }
              places.forEach(place -> values.add(place.value().apply(t)));
              List<Tensor> received =
                  gradients ? values.stream().map(Tensor::grad).toList() : List.of();
              Tensor result = scored(lm, t, score);
              if (gradients) {
                result.backward();
              }
              return new Seen(values, received, result);
            });
  }

  private static Tensor scored(LanguageModel<?> lm, Trace t, Score score) {
    return score.of(t.at(lm.network().head()).output().select(1, -1)).sum();
  }
}
