package dev.microtome.quant;

import dev.microtome.nn.Layer;
import dev.microtome.nn.TensorSlot;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A [ZeroPoint.Shifted] at work: gives how far below 0 the grid begins, as a magnitude.
public abstract sealed class LiveZeroPoint extends Layer<Supplier<Tensor>, Tensor> {
  private LiveZeroPoint() {}

  /// That of activations: collected and then learned, or a running average for ever.
  static LiveZeroPoint ofActivation(Quantizer quantizer, Lanes lanes) {
    return switch (quantizer.scaling()) {
      case Scaling.LearnedFromStatistics(_, int steps, _) -> new Collected(lanes, steps);
      case Scaling.Statistics _,
          Scaling.Learned _,
          Scaling.Constant _,
          Scaling.Decoupled _,
          Scaling.OfAccumulator _ ->
          new Collected(lanes, Scaling.STEPS);
    };
  }

  /// That of weights: measured in every call, or once when it takes a search.
  static LiveZeroPoint ofWeight(ZeroPoint.Shifted shifted, Lanes lanes) {
    return shifted.lowest() instanceof Statistic.LeastSquares
        ? new Adopted(lanes)
        : new Measured(lanes);
  }

  abstract @Nullable TensorSlot learned();

  /// The tensors that the zero point of a weight comes from, besides the weight.
  List<Tensor> state() {
    return List.of();
  }

  void finishCollection() {}

  void calibrate(boolean on) {}

  /// Collected while training, then a parameter: the lowest number itself, below 0.
  static final class Collected extends LiveZeroPoint {
    private final Lanes lanes;
    private final TensorSlot value;
    private final Collection collection;

    Collected(Lanes lanes, int steps) {
      this.lanes = lanes;
      value = parameter("value", Tensor.zeros(lanes.shape()));
      collection =
          new Collection(
              value,
              buffer("average", Tensor.zeros(lanes.shape())),
              buffer("count", Tensor.scalar(0, DType.INT64)),
              steps,
              Scaling.MOMENTUM);
    }

    @Override
    protected Tensor forward(Supplier<Tensor> lowest) {
      if (!isTraining()) {
        return StraightThrough.abs(collection.isLearned() ? value.get() : collection.average());
      }
      if (collection.isCollecting()) {
        Tensor statistic = lowest.get();
        collection.add(statistic);
        return StraightThrough.abs(statistic.add(value.get().mul(0)));
      }
      finishCollection();
      return StraightThrough.abs(value.get());
    }

    @Override
    void finishCollection() {
      if (!collection.isLearned()) {
        collection.learn(collection.average());
      }
    }

    @Override
    void calibrate(boolean on) {
      collection.calibrate(on);
    }

    Collection collection() {
      return collection;
    }

    @Override
    TensorSlot learned() {
      return value;
    }

    @Override
    protected Collected twin() {
      return new Collected(lanes, collection.steps());
    }

    @Override
    protected String name() {
      return "CollectedZeroPoint";
    }
  }

  /// Measured in every call.
  static final class Measured extends LiveZeroPoint {
    private final Lanes lanes;

    Measured(Lanes lanes) {
      this.lanes = lanes;
    }

    @Override
    protected Tensor forward(Supplier<Tensor> lowest) {
      return lowest.get().neg();
    }

    @Override
    @Nullable TensorSlot learned() {
      return null;
    }

    @Override
    protected Measured twin() {
      return new Measured(lanes);
    }

    @Override
    protected String name() {
      return "MeasuredZeroPoint";
    }
  }

  /// Measured in the first call, then a parameter.
  static final class Adopted extends LiveZeroPoint {
    private final Lanes lanes;
    private final TensorSlot value;
    private final TensorSlot adopted;

    Adopted(Lanes lanes) {
      this.lanes = lanes;
      value = parameter("value", Tensor.zeros(lanes.shape()));
      adopted = buffer("adopted", Tensor.scalar(0, DType.INT64));
    }

    @Override
    protected Tensor forward(Supplier<Tensor> lowest) {
      if (adopted.get().itemLong() == 0) {
        Tensor found = lowest.get().detach();
        Grad.off(() -> {
          value.get().copy_(found);
          adopted.get().fill_(1);
        });
      }
      return StraightThrough.abs(value.get());
    }

    @Override
    TensorSlot learned() {
      return value;
    }

    @Override
    List<Tensor> state() {
      return List.of(value.get(), adopted.get());
    }

    @Override
    protected Adopted twin() {
      return new Adopted(lanes);
    }

    @Override
    protected String name() {
      return "AdoptedZeroPoint";
    }
  }
}
