package dev.microtome.adapt;

import dev.microtome.tensor.CustomFunction;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.FunctionContext;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// [DoraOp] with its gradients. With `u = x Aᵀ`, `P = gᵀ u` and `h = s g (f B)`:
///
/// ```
/// dy = f g    dx = h A    dA = hᵀ x    dB = s f P    dm = (Σ g (y − bias) + s Σ P B) / lengths
/// dbias = (1 − f) Σ g, beside what comes through y
/// ```
///
/// where sums are over rows of g, and that of P B over the rank. Computed in the adapter's dtype;
/// rows of length 0 pass as they are.
final class DoraFunction extends CustomFunction {
  private static final int BIAS = 6; // among what is saved, where there is one

  private final Tensor lengths;
  private final double s;

  DoraFunction(Tensor lengths, double s) {
    this.lengths = lengths.detach();
    this.s = s;
  }

  /// @param bias null where the layer has none
  Tensor of(Tensor y, Tensor x, Tensor a, Tensor b, Tensor magnitude, @Nullable Tensor bias) {
    return bias == null ? apply(y, x, a, b, magnitude) : apply(y, x, a, b, magnitude, bias);
  }

  @Override
  protected Tensor forward(FunctionContext context, List<Tensor> inputs) {
    Tensor a = inputs.get(2);
    Tensor b = inputs.get(3);
    Tensor y = inputs.get(0);
    Tensor x = inputs.get(1);
    Tensor f = inputs.get(4).div(safe(lengths)).where(lengths.gt(0), 1.0);
    Tensor u = rows(x, a.dtype()).mm(a.t());
    Tensor plain = rows(y, a.dtype());
    Tensor bias = inputs.size() > 5 ? inputs.get(5).to(a.dtype()) : null;
    Tensor out = bias == null ? plain.mul(f) : bias.mul(f.neg().add(1)).addcmul(plain, f, 1);
    out.addmm_(u, scaled(b, f).t());
    context.save(y, x, a, b, f, u);
    if (bias != null) {
      context.save(bias);
    }
    return out.to(y.dtype()).reshape(y.shape());
  }

  @Override
  protected List<? extends @Nullable Tensor> backward(FunctionContext context, Tensor gradient) {
    Tensor y = context.saved(0);
    Tensor x = context.saved(1);
    Tensor a = context.saved(2);
    Tensor b = context.saved(3);
    Tensor f = context.saved(4);
    Tensor u = context.saved(5);
    Tensor g = rows(gradient, a.dtype());
    Tensor h = g.mm(scaled(b, f));
    Tensor p = g.t().mm(u);
    List<@Nullable Tensor> gradients = new ArrayList<>();
    Collections.addAll(
        gradients,
        context.needsGrad(0) ? g.mul(f).to(y.dtype()).reshape(y.shape()) : null,
        context.needsGrad(1) ? h.mm(a).to(x.dtype()).reshape(x.shape()) : null,
        context.needsGrad(2) ? h.t().mm(rows(x, a.dtype())) : null,
        context.needsGrad(3) ? p.mul(f.mul(s).unsqueeze(1)) : null,
        context.needsGrad(4) ? ofMagnitude(context, g, b, p) : null);
    if (context.saved().size() > BIAS) {
      gradients.add(
          context.needsGrad(5)
              ? f.neg().add(1).mul(g.sum(0, false)).to(context.saved(BIAS).dtype())
              : null);
    }
    return gradients;
  }

  private Tensor ofMagnitude(FunctionContext context, Tensor g, Tensor b, Tensor p) {
    Tensor y = rows(context.saved(0), g.dtype());
    Tensor sum = g.mul(y).sum(0, false).add(p.mul(b).sum(1, false).mul(s));
    if (context.saved().size() > BIAS) {
      sum = sum.sub(context.saved(BIAS).mul(g.sum(0, false)));
    }
    return sum.div(safe(lengths)).where(lengths.gt(0), 0.0);
  }

  /// `s f B`, (out, rank).
  private Tensor scaled(Tensor b, Tensor f) {
    return b.mul(f.mul(s).unsqueeze(1));
  }

  /// Lengths that can be divided by: no 0/0 even where the result is not used.
  static Tensor safe(Tensor lengths) {
    return lengths.maskedFill(lengths.eq(0), 1.0);
  }

  private static Tensor rows(Tensor x, DType dtype) {
    return x.reshape(-1, x.size(-1)).to(dtype);
  }

  @Override
  protected String name() {
    return "DoRA";
  }
}
