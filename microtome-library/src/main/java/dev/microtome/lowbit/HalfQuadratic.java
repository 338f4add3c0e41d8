package dev.microtome.lowbit;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// HQQ's solver ("proximal legacy", in float32 as on a CPU): moves the zeros so that `Σ |w - ŵ|^p`
/// shrinks, by half-quadratic splitting. The scales stay as [MinMax] set them.
///
/// Each step: codes from the zeros; the error that is left, shrunk towards zero by `sign(e) ·
/// max(|e| - |e|^(p-1) / β, 0)`, counts as noise; a zero becomes the mean of what is left of its
/// group; β grows by κ. It stops when the mean |w - ŵ| of the whole weight no longer falls, and
/// keeps the last zeros, even where the ones before were better.
///
/// @param p the norm
/// @param beta weight of the quadratic term at first
/// @param kappa its growth in each step
/// @param steps at most
/// @param roundZero whether the zeros are whole codes before the first step
public record HalfQuadratic(double p, double beta, double kappa, int steps, boolean roundZero)
    implements Solver {
  public HalfQuadratic {
    if (!(p > 0 && p <= 1) || !(beta > 0) || !(kappa > 0) || steps < 1) {
      throw new IllegalArgumentException(
          "the solver needs 0 < p <= 1, beta > 0, kappa > 0 and a step, got p %s, beta %s, kappa %s, %d steps"
              .formatted(p, beta, kappa, steps));
    }
  }

  /// What hqq did up to 0.2.6 and does since February 2026: β grows by one percent a step.
  public HalfQuadratic() {
    this(0.7, 10, 1.01, 20, false);
  }

  /// What the releases 0.2.7 to 0.2.8.post1 did: β stays.
  public static HalfQuadratic constantBeta() {
    return new HalfQuadratic(0.7, 10, 1, 20, false);
  }

  public HalfQuadratic withRoundZero(boolean roundZero) {
    return new HalfQuadratic(p, beta, kappa, steps, roundZero);
  }

  @Override
  public Fit fit(Tensor weight, BitWidth bits, Grouping grouping) {
    List<Block> blocks =
        grouping.parts(FitBuffer.PART).stream()
            .map(part -> new Block(weight, grouping, part, bits))
            .toList();
    var errors = new ArrayList<Double>();
    double best = Double.POSITIVE_INFINITY;
    double growing = beta;
    for (int step = 0; step < steps; step++) {
      double sum = 0;
      for (Block block : blocks) {
        sum += block.improve(growing);
      }
      growing *= kappa;
      errors.add(sum / (grouping.rows() * grouping.columns()));
      if (errors.getLast() >= best) {
        break;
      }
      best = errors.getLast();
    }
    var fit = new FitBuffer(grouping);
    blocks.forEach(block -> block.write(fit));
    return fit.fit(errors);
  }

  /// Some whole groups.
  private final class Block {
    private final Tensor weight;
    private final Grouping grouping;
    private final Grouping.Part part;
    private final BitWidth bits;
    private final MinMax grid;

    Block(Tensor weight, Grouping grouping, Grouping.Part part, BitWidth bits) {
      this.weight = weight;
      this.grouping = grouping;
      this.part = part;
      this.bits = bits;
      grid = Scope.run(() -> MinMax.of(numbers(), bits, grouping.axis(), roundZero));
    }

    private Tensor numbers() {
      return grouping.part(weight, part).to(DType.FLOAT32).contiguous();
    }

    /// Moves the zeros, in their place: numbers that outlive a step would lie scattered among the
    /// memory of its temporary ones, and none of that could be used again. Gives the sum of |w - ŵ|
    /// before.
    double improve(double beta) {
      return Scope.run(() -> {
        Tensor numbers = numbers();
        Tensor codes = grid.codes(numbers, bits);
        Tensor error = numbers.sub(codes.sub(grid.zero()).div(grid.scale()));
        Tensor kept = numbers.sub(shrunk(error, beta)).mul(grid.scale());
        grid.zero().copy_(codes.sub(kept).mean(grouping.axis(), true));
        return error.abs().sum(DType.FLOAT64).item();
      });
    }

    private Tensor shrunk(Tensor error, double beta) {
      Tensor size = error.abs();
      Tensor threshold = p == 1 ? Tensor.scalar(1 / beta) : size.pow(p - 1).mul(1 / beta);
      return error.sign().mul(size.sub(threshold).relu());
    }

    void write(FitBuffer fit) {
      Scope.run(() -> {
        fit.codes(part, grid.codes(numbers(), bits));
        fit.values(part, grid.scale().reciprocal(), grid.zero());
      });
    }
  }
}
