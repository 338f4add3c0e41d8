package dev.microtome.tensor;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A value that answers operations.
///
/// Everything below [#dispatch] is vocabulary: PyTorch's operations, one line each, that all pass
/// the one door [Ops]. A dense tensor answers by computing, a shape-only one by telling shapes, a
/// deferred one by recording, a quantized one by keeping its grid.
///
/// ```java
/// Tensor y = x.matmul(w).add(b).relu();
/// x.at(":", 0).set(0);
/// ```
///
/// Names are PyTorch's in camel case; a trailing underscore means in place. Dimensions may be
/// negative. Shapes that do not fit are a [TorchException].
public interface Tensor {
  /// Answers one operation: a tensor, a list of tensors, a number, a boolean, or null.
  @Nullable Object dispatch(OpCall call);

  /// Who answers when kinds of tensor meet in one call: the strongest.
  default int strength() {
    return 0;
  }

  Shape shape();

  DType dtype();

  Device device();

  /// The tensor that holds this one's numbers; an [IllegalStateException] where there are none
  /// (yet).
  DenseTensor dense();

  /// Number of dimensions.
  default int dim() {
    return shape().rank();
  }

  /// Size of one dimension.
  default long size(int dim) {
    return shape().get(dim);
  }

  default long numel() {
    return shape().numel();
  }

  /// Keeps this value beyond the scope, or the trace, it was made in.
  default Tensor save() {
    return this;
  }

  /// Frees the numbers now instead of when the garbage collector finds out.
  default void close() {
    dense().close();
  }

  // ---- creation ----

  static Tensor zeros(long... shape) {
    return zeros(new Shape(shape), DType.FLOAT32);
  }

  static Tensor zeros(Shape shape) {
    return zeros(shape, DType.FLOAT32);
  }

  static Tensor zeros(Shape shape, DType dtype) {
    return Ops.tensor("aten::zeros", shape, dtype, null, Device.current());
  }

  static Tensor ones(long... shape) {
    return ones(new Shape(shape), DType.FLOAT32);
  }

  static Tensor ones(Shape shape) {
    return ones(shape, DType.FLOAT32);
  }

  static Tensor ones(Shape shape, DType dtype) {
    return Ops.tensor("aten::ones", shape, dtype, null, Device.current());
  }

  static Tensor empty(long... shape) {
    return empty(new Shape(shape), DType.FLOAT32);
  }

  static Tensor empty(Shape shape) {
    return empty(shape, DType.FLOAT32);
  }

  static Tensor empty(Shape shape, DType dtype) {
    return Ops.tensor("aten::empty", shape, dtype, null, Device.current());
  }

  static Tensor rand(long... shape) {
    return rand(new Shape(shape), DType.FLOAT32);
  }

  static Tensor rand(Shape shape) {
    return rand(shape, DType.FLOAT32);
  }

  static Tensor rand(Shape shape, DType dtype) {
    return Ops.tensor("aten::rand", shape, dtype, null, Device.current());
  }

  static Tensor randn(long... shape) {
    return randn(new Shape(shape), DType.FLOAT32);
  }

  static Tensor randn(Shape shape) {
    return randn(shape, DType.FLOAT32);
  }

  static Tensor randn(Shape shape, DType dtype) {
    return Ops.tensor("aten::randn", shape, dtype, null, Device.current());
  }

  /// Every number `value`: float32 for a real `value`, int64 for a whole one, as in PyTorch.
  static Tensor full(Shape shape, Number value) {
    return full(
        shape,
        value,
        value instanceof Double || value instanceof Float ? DType.FLOAT32 : DType.INT64);
  }

  static Tensor full(Shape shape, Number value, DType dtype) {
    return Ops.tensor("aten::full", shape, value, dtype, null, Device.current());
  }

  /// A tensor without dimensions.
  static Tensor scalar(Number value) {
    return full(new Shape(), value);
  }

  static Tensor scalar(Number value, DType dtype) {
    return full(new Shape(), value, dtype);
  }

  static Tensor arange(Number end) {
    return Ops.tensor("aten::arange", end, null, null, Device.current());
  }

  static Tensor arange(Number start, Number end) {
    return Ops.tensor("aten::arange", start, end, null, null, Device.current());
  }

  static Tensor arange(Number start, Number end, Number step) {
    return Ops.tensor("aten::arange", start, end, step, null, null, Device.current());
  }

  static Tensor linspace(Number start, Number end, long steps) {
    return Ops.tensor("aten::linspace", start, end, steps, null, null, Device.current());
  }

  static Tensor eye(long n) {
    return Ops.tensor("aten::eye", n, null, null, Device.current());
  }

  static Tensor eye(long n, long m) {
    return Ops.tensor("aten::eye", n, m, null, null, Device.current());
  }

  /// Whole numbers of `[0, high)`, int64.
  static Tensor randint(long high, long... shape) {
    return Ops.tensor("aten::randint", high, shape, DType.INT64, null, Device.current());
  }

  static Tensor randint(long low, long high, Shape shape) {
    return Ops.tensor("aten::randint", low, high, shape, DType.INT64, null, Device.current());
  }

  static Tensor randperm(long n) {
    return Device.current().equals(Device.META)
        ? empty(new Shape(n), DType.INT64) // libtorch has no randperm there
        : Ops.tensor("aten::randperm", n, DType.INT64, null, Device.current());
  }

  /// A vector; a Java `long` is a `torch.int64`.
  static Tensor of(long... values) {
    return TensorData.from(values, values.length);
  }

  static Tensor of(long[][] rows) {
    return TensorData.from(rows);
  }

  /// A vector; a Java `float` is a `torch.float32`.
  static Tensor of(float... values) {
    return TensorData.from(values, values.length);
  }

  static Tensor of(float[][] rows) {
    return TensorData.from(rows);
  }

  /// A vector; a Java `double` is a `torch.float64`.
  static Tensor of(double... values) {
    return TensorData.from(values, values.length);
  }

  static Tensor of(double[][] rows) {
    return TensorData.from(rows);
  }

  /// A vector of `torch.bool`.
  static Tensor of(boolean... values) {
    return TensorData.from(values, values.length);
  }

  static Tensor of(boolean[][] rows) {
    return TensorData.from(rows);
  }

  /// A copy of `values`, row-major, in the dtype of the same width.
  static Tensor from(float[] values, long... shape) {
    return TensorData.from(values, shape);
  }

  static Tensor from(double[] values, long... shape) {
    return TensorData.from(values, shape);
  }

  static Tensor from(long[] values, long... shape) {
    return TensorData.from(values, shape);
  }

  static Tensor from(int[] values, long... shape) {
    return TensorData.from(values, shape);
  }

  static Tensor from(short[] values, long... shape) {
    return TensorData.from(values, shape);
  }

  static Tensor from(byte[] values, long... shape) {
    return TensorData.from(values, shape);
  }

  static Tensor from(boolean[] values, long... shape) {
    return TensorData.from(values, shape);
  }

  default Tensor zerosLike() {
    return Ops.tensor("aten::zeros_like", this);
  }

  default Tensor onesLike() {
    return Ops.tensor("aten::ones_like", this);
  }

  default Tensor emptyLike() {
    return Ops.tensor("aten::empty_like", this);
  }

  default Tensor randLike() {
    return Ops.tensor("aten::rand_like", this);
  }

  default Tensor randnLike() {
    return Ops.tensor("aten::randn_like", this);
  }

  default Tensor fullLike(Number value) {
    return Ops.tensor("aten::full_like", this, value);
  }

  default Tensor randintLike(long high) {
    return Ops.tensor("aten::randint_like", this, high);
  }

  // ---- arithmetic ----

  default Tensor add(Tensor other) {
    return Ops.tensor("aten::add", this, other);
  }

  default Tensor add(Number other) {
    return Ops.tensor("aten::add", this, other);
  }

  default Tensor add_(Tensor other) {
    return Ops.tensor("aten::add_", this, other);
  }

  default Tensor add_(Number other) {
    return Ops.tensor("aten::add_", this, other);
  }

  default Tensor sub(Tensor other) {
    return Ops.tensor("aten::sub", this, other);
  }

  default Tensor sub(Number other) {
    return Ops.tensor("aten::sub", this, other);
  }

  default Tensor sub_(Tensor other) {
    return Ops.tensor("aten::sub_", this, other);
  }

  default Tensor sub_(Number other) {
    return Ops.tensor("aten::sub_", this, other);
  }

  default Tensor mul(Tensor other) {
    return Ops.tensor("aten::mul", this, other);
  }

  default Tensor mul(Number other) {
    return Ops.tensor("aten::mul", this, other);
  }

  default Tensor mul_(Tensor other) {
    return Ops.tensor("aten::mul_", this, other);
  }

  default Tensor mul_(Number other) {
    return Ops.tensor("aten::mul_", this, other);
  }

  default Tensor div(Tensor other) {
    return Ops.tensor("aten::div", this, other);
  }

  default Tensor div(Number other) {
    return Ops.tensor("aten::div", this, other);
  }

  default Tensor div_(Tensor other) {
    return Ops.tensor("aten::div_", this, other);
  }

  default Tensor div_(Number other) {
    return Ops.tensor("aten::div_", this, other);
  }

  /// `this + alpha · other`.
  default Tensor add(Tensor other, Number alpha) {
    return Ops.tensor("aten::add", this, other, alpha);
  }

  default Tensor add_(Tensor other, Number alpha) {
    return Ops.tensor("aten::add_", this, other, alpha);
  }

  /// Division rounded by `"floor"` or `"trunc"`.
  default Tensor div(Tensor other, String roundingMode) {
    return Ops.tensor("aten::div", this, other, roundingMode);
  }

  default Tensor div(Number other, String roundingMode) {
    return Ops.tensor("aten::div", this, other, roundingMode);
  }

  /// `other - this`.
  default Tensor rsub(Number other) {
    return Ops.tensor("aten::rsub", this, other);
  }

  default Tensor rsub(Tensor other) {
    return Ops.tensor("aten::rsub", this, other);
  }

  default Tensor floorDivide(Tensor other) {
    return Ops.tensor("aten::floor_divide", this, other);
  }

  default Tensor floorDivide(Number other) {
    return Ops.tensor("aten::floor_divide", this, other);
  }

  default Tensor remainder(Tensor other) {
    return Ops.tensor("aten::remainder", this, other);
  }

  default Tensor remainder(Number other) {
    return Ops.tensor("aten::remainder", this, other);
  }

  default Tensor remainder_(Tensor other) {
    return Ops.tensor("aten::remainder_", this, other);
  }

  default Tensor remainder_(Number other) {
    return Ops.tensor("aten::remainder_", this, other);
  }

  default Tensor fmod(Tensor other) {
    return Ops.tensor("aten::fmod", this, other);
  }

  default Tensor fmod(Number other) {
    return Ops.tensor("aten::fmod", this, other);
  }

  default Tensor pow(Tensor other) {
    return Ops.tensor("aten::pow", this, other);
  }

  default Tensor pow(Number other) {
    return Ops.tensor("aten::pow", this, other);
  }

  default Tensor pow_(Tensor other) {
    return Ops.tensor("aten::pow_", this, other);
  }

  default Tensor pow_(Number other) {
    return Ops.tensor("aten::pow_", this, other);
  }

  default Tensor neg() {
    return Ops.tensor("aten::neg", this);
  }

  default Tensor neg_() {
    return Ops.tensor("aten::neg_", this);
  }

  default Tensor abs() {
    return Ops.tensor("aten::abs", this);
  }

  default Tensor abs_() {
    return Ops.tensor("aten::abs_", this);
  }

  default Tensor reciprocal() {
    return Ops.tensor("aten::reciprocal", this);
  }

  default Tensor reciprocal_() {
    return Ops.tensor("aten::reciprocal_", this);
  }

  default Tensor exp() {
    return Ops.tensor("aten::exp", this);
  }

  default Tensor exp_() {
    return Ops.tensor("aten::exp_", this);
  }

  default Tensor log() {
    return Ops.tensor("aten::log", this);
  }

  default Tensor log_() {
    return Ops.tensor("aten::log_", this);
  }

  default Tensor sqrt() {
    return Ops.tensor("aten::sqrt", this);
  }

  default Tensor sqrt_() {
    return Ops.tensor("aten::sqrt_", this);
  }

  default Tensor rsqrt() {
    return Ops.tensor("aten::rsqrt", this);
  }

  default Tensor rsqrt_() {
    return Ops.tensor("aten::rsqrt_", this);
  }

  default Tensor sin() {
    return Ops.tensor("aten::sin", this);
  }

  default Tensor sin_() {
    return Ops.tensor("aten::sin_", this);
  }

  default Tensor cos() {
    return Ops.tensor("aten::cos", this);
  }

  default Tensor cos_() {
    return Ops.tensor("aten::cos_", this);
  }

  default Tensor tanh() {
    return Ops.tensor("aten::tanh", this);
  }

  default Tensor tanh_() {
    return Ops.tensor("aten::tanh_", this);
  }

  default Tensor sigmoid() {
    return Ops.tensor("aten::sigmoid", this);
  }

  default Tensor sigmoid_() {
    return Ops.tensor("aten::sigmoid_", this);
  }

  default Tensor square() {
    return Ops.tensor("aten::square", this);
  }

  default Tensor square_() {
    return Ops.tensor("aten::square_", this);
  }

  default Tensor floor() {
    return Ops.tensor("aten::floor", this);
  }

  default Tensor floor_() {
    return Ops.tensor("aten::floor_", this);
  }

  default Tensor ceil() {
    return Ops.tensor("aten::ceil", this);
  }

  default Tensor ceil_() {
    return Ops.tensor("aten::ceil_", this);
  }

  default Tensor trunc() {
    return Ops.tensor("aten::trunc", this);
  }

  default Tensor trunc_() {
    return Ops.tensor("aten::trunc_", this);
  }

  default Tensor frac() {
    return Ops.tensor("aten::frac", this);
  }

  default Tensor frac_() {
    return Ops.tensor("aten::frac_", this);
  }

  default Tensor sign() {
    return Ops.tensor("aten::sign", this);
  }

  default Tensor sign_() {
    return Ops.tensor("aten::sign_", this);
  }

  default Tensor erf() {
    return Ops.tensor("aten::erf", this);
  }

  default Tensor erf_() {
    return Ops.tensor("aten::erf_", this);
  }

  default Tensor log1p() {
    return Ops.tensor("aten::log1p", this);
  }

  default Tensor log1p_() {
    return Ops.tensor("aten::log1p_", this);
  }

  default Tensor expm1() {
    return Ops.tensor("aten::expm1", this);
  }

  default Tensor expm1_() {
    return Ops.tensor("aten::expm1_", this);
  }

  default Tensor relu() {
    return Ops.tensor("aten::relu", this);
  }

  default Tensor relu_() {
    return Ops.tensor("aten::relu_", this);
  }

  default Tensor logit() {
    return Ops.tensor("aten::logit", this);
  }

  default Tensor logit_() {
    return Ops.tensor("aten::logit_", this);
  }

  default Tensor tan() {
    return Ops.tensor("aten::tan", this);
  }

  default Tensor asin() {
    return Ops.tensor("aten::asin", this);
  }

  default Tensor acos() {
    return Ops.tensor("aten::acos", this);
  }

  default Tensor atan() {
    return Ops.tensor("aten::atan", this);
  }

  default Tensor sinh() {
    return Ops.tensor("aten::sinh", this);
  }

  default Tensor cosh() {
    return Ops.tensor("aten::cosh", this);
  }

  default Tensor asinh() {
    return Ops.tensor("aten::asinh", this);
  }

  default Tensor acosh() {
    return Ops.tensor("aten::acosh", this);
  }

  default Tensor atanh() {
    return Ops.tensor("aten::atanh", this);
  }

  default Tensor log2() {
    return Ops.tensor("aten::log2", this);
  }

  default Tensor log10() {
    return Ops.tensor("aten::log10", this);
  }

  default Tensor exp2() {
    return Ops.tensor("aten::exp2", this);
  }

  default Tensor erfc() {
    return Ops.tensor("aten::erfc", this);
  }

  default Tensor erfinv() {
    return Ops.tensor("aten::erfinv", this);
  }

  default Tensor lgamma() {
    return Ops.tensor("aten::lgamma", this);
  }

  default Tensor digamma() {
    return Ops.tensor("aten::digamma", this);
  }

  default Tensor positive() {
    return Ops.tensor("aten::positive", this);
  }

  default Tensor sgn() {
    return Ops.tensor("aten::sgn", this);
  }

  default Tensor deg2rad() {
    return Ops.tensor("aten::deg2rad", this);
  }

  default Tensor rad2deg() {
    return Ops.tensor("aten::rad2deg", this);
  }

  /// Rounds to even.
  default Tensor round() {
    return Ops.tensor("aten::round", this);
  }

  default Tensor round_() {
    return Ops.tensor("aten::round_", this);
  }

  default Tensor round(long decimals) {
    return Ops.tensor("aten::round", this, decimals);
  }

  default Tensor clamp(@Nullable Number min, @Nullable Number max) {
    return Ops.tensor("aten::clamp", this, min, max);
  }

  default Tensor clamp(@Nullable Tensor min, @Nullable Tensor max) {
    return Ops.tensor("aten::clamp", this, min, max);
  }

  default Tensor clamp_(@Nullable Number min, @Nullable Number max) {
    return Ops.tensor("aten::clamp_", this, min, max);
  }

  default Tensor clampMin(Number min) {
    return Ops.tensor("aten::clamp_min", this, min);
  }

  default Tensor clampMax(Number max) {
    return Ops.tensor("aten::clamp_max", this, max);
  }

  default Tensor maximum(Tensor other) {
    return Ops.tensor("aten::maximum", this, other);
  }

  default Tensor minimum(Tensor other) {
    return Ops.tensor("aten::minimum", this, other);
  }

  default Tensor atan2(Tensor other) {
    return Ops.tensor("aten::atan2", this, other);
  }

  default Tensor hypot(Tensor other) {
    return Ops.tensor("aten::hypot", this, other);
  }

  default Tensor copysign(Tensor other) {
    return Ops.tensor("aten::copysign", this, other);
  }

  default Tensor lerp(Tensor end, Number weight) {
    return Ops.tensor("aten::lerp", this, end, weight);
  }

  default Tensor lerp_(Tensor end, Number weight) {
    return Ops.tensor("aten::lerp_", this, end, weight);
  }

  /// `this + value · a · b`.
  default Tensor addcmul(Tensor a, Tensor b, Number value) {
    return Ops.tensor("aten::addcmul", this, a, b, value);
  }

  default Tensor addcmul_(Tensor a, Tensor b, Number value) {
    return Ops.tensor("aten::addcmul_", this, a, b, value);
  }

  /// `this + value · a / b`.
  default Tensor addcdiv(Tensor a, Tensor b, Number value) {
    return Ops.tensor("aten::addcdiv", this, a, b, value);
  }

  default Tensor addcdiv_(Tensor a, Tensor b, Number value) {
    return Ops.tensor("aten::addcdiv_", this, a, b, value);
  }

  default Tensor nanToNum(@Nullable Double nan, @Nullable Double posInf, @Nullable Double negInf) {
    return Ops.tensor("aten::nan_to_num", this, nan, posInf, negInf);
  }

  default Tensor tan_() {
    return Ops.tensor("aten::tan_", this);
  }

  default Tensor asin_() {
    return Ops.tensor("aten::asin_", this);
  }

  default Tensor acos_() {
    return Ops.tensor("aten::acos_", this);
  }

  default Tensor atan_() {
    return Ops.tensor("aten::atan_", this);
  }

  default Tensor sinh_() {
    return Ops.tensor("aten::sinh_", this);
  }

  default Tensor cosh_() {
    return Ops.tensor("aten::cosh_", this);
  }

  default Tensor asinh_() {
    return Ops.tensor("aten::asinh_", this);
  }

  default Tensor acosh_() {
    return Ops.tensor("aten::acosh_", this);
  }

  default Tensor atanh_() {
    return Ops.tensor("aten::atanh_", this);
  }

  default Tensor log2_() {
    return Ops.tensor("aten::log2_", this);
  }

  default Tensor log10_() {
    return Ops.tensor("aten::log10_", this);
  }

  default Tensor exp2_() {
    return Ops.tensor("aten::exp2_", this);
  }

  default Tensor erfc_() {
    return Ops.tensor("aten::erfc_", this);
  }

  default Tensor erfinv_() {
    return Ops.tensor("aten::erfinv_", this);
  }

  /// `this - alpha · other`.
  default Tensor sub(Tensor other, Number alpha) {
    return Ops.tensor("aten::sub", this, other, alpha);
  }

  default Tensor sub_(Tensor other, Number alpha) {
    return Ops.tensor("aten::sub_", this, other, alpha);
  }

  default Tensor div_(Tensor other, String roundingMode) {
    return Ops.tensor("aten::div_", this, other, roundingMode);
  }

  default Tensor floorDivide_(Tensor other) {
    return Ops.tensor("aten::floor_divide_", this, other);
  }

  default Tensor floorDivide_(Number other) {
    return Ops.tensor("aten::floor_divide_", this, other);
  }

  default Tensor fmod_(Tensor other) {
    return Ops.tensor("aten::fmod_", this, other);
  }

  default Tensor fmod_(Number other) {
    return Ops.tensor("aten::fmod_", this, other);
  }

  default Tensor logaddexp(Tensor other) {
    return Ops.tensor("aten::logaddexp", this, other);
  }

  /// `this · log(other)`, 0 where `this` is 0.
  default Tensor xlogy(Tensor other) {
    return Ops.tensor("aten::xlogy", this, other);
  }

  default Tensor clamp_(@Nullable Tensor min, @Nullable Tensor max) {
    return Ops.tensor("aten::clamp_", this, min, max);
  }

  default Tensor clampMin_(Number min) {
    return Ops.tensor("aten::clamp_min_", this, min);
  }

  default Tensor clampMax_(Number max) {
    return Ops.tensor("aten::clamp_max_", this, max);
  }

  default Tensor lerp(Tensor end, Tensor weight) {
    return Ops.tensor("aten::lerp", this, end, weight);
  }

  default Tensor nanToNum_(@Nullable Double nan, @Nullable Double posInf, @Nullable Double negInf) {
    return Ops.tensor("aten::nan_to_num_", this, nan, posInf, negInf);
  }

  // ---- comparison and logic ----

  default Tensor eq(Tensor other) {
    return Ops.tensor("aten::eq", this, other);
  }

  default Tensor eq(Number other) {
    return Ops.tensor("aten::eq", this, other);
  }

  default Tensor ne(Tensor other) {
    return Ops.tensor("aten::ne", this, other);
  }

  default Tensor ne(Number other) {
    return Ops.tensor("aten::ne", this, other);
  }

  default Tensor lt(Tensor other) {
    return Ops.tensor("aten::lt", this, other);
  }

  default Tensor lt(Number other) {
    return Ops.tensor("aten::lt", this, other);
  }

  default Tensor le(Tensor other) {
    return Ops.tensor("aten::le", this, other);
  }

  default Tensor le(Number other) {
    return Ops.tensor("aten::le", this, other);
  }

  default Tensor gt(Tensor other) {
    return Ops.tensor("aten::gt", this, other);
  }

  default Tensor gt(Number other) {
    return Ops.tensor("aten::gt", this, other);
  }

  default Tensor ge(Tensor other) {
    return Ops.tensor("aten::ge", this, other);
  }

  default Tensor ge(Number other) {
    return Ops.tensor("aten::ge", this, other);
  }

  default Tensor logicalAnd(Tensor other) {
    return Ops.tensor("aten::logical_and", this, other);
  }

  default Tensor logicalOr(Tensor other) {
    return Ops.tensor("aten::logical_or", this, other);
  }

  default Tensor logicalXor(Tensor other) {
    return Ops.tensor("aten::logical_xor", this, other);
  }

  default Tensor logicalNot() {
    return Ops.tensor("aten::logical_not", this);
  }

  default Tensor bitwiseAnd(Tensor other) {
    return Ops.tensor("aten::bitwise_and", this, other);
  }

  default Tensor bitwiseAnd(Number other) {
    return Ops.tensor("aten::bitwise_and", this, other);
  }

  default Tensor bitwiseOr(Tensor other) {
    return Ops.tensor("aten::bitwise_or", this, other);
  }

  default Tensor bitwiseOr(Number other) {
    return Ops.tensor("aten::bitwise_or", this, other);
  }

  default Tensor bitwiseXor(Tensor other) {
    return Ops.tensor("aten::bitwise_xor", this, other);
  }

  default Tensor bitwiseXor(Number other) {
    return Ops.tensor("aten::bitwise_xor", this, other);
  }

  default Tensor bitwiseNot() {
    return Ops.tensor("aten::bitwise_not", this);
  }

  default Tensor bitwiseLeftShift(Tensor other) {
    return Ops.tensor("aten::bitwise_left_shift", this, other);
  }

  default Tensor bitwiseLeftShift(Number other) {
    return Ops.tensor("aten::bitwise_left_shift", this, other);
  }

  default Tensor bitwiseRightShift(Tensor other) {
    return Ops.tensor("aten::bitwise_right_shift", this, other);
  }

  default Tensor bitwiseRightShift(Number other) {
    return Ops.tensor("aten::bitwise_right_shift", this, other);
  }

  default Tensor isNan() {
    return Ops.tensor("aten::isnan", this);
  }

  default Tensor isInf() {
    return Ops.tensor("aten::isinf", this);
  }

  default Tensor isFinite() {
    return Ops.tensor("aten::isfinite", this);
  }

  default Tensor isClose(Tensor other, double rtol, double atol) {
    return Ops.tensor("aten::isclose", this, other, rtol, atol);
  }

  /// Reads the values: not an operation inside a trace.
  default boolean allClose(Tensor other, double rtol, double atol) {
    return Boolean.TRUE.equals(Ops.call("aten::allclose", dense(), other.dense(), rtol, atol));
  }

  /// Same shape and same numbers. Reads the values: not an operation inside a trace.
  default boolean equal(Tensor other) {
    return Boolean.TRUE.equals(Ops.call("aten::equal", dense(), other.dense()));
  }

  default Tensor isPosInf() {
    return Ops.tensor("aten::isposinf", this);
  }

  default Tensor isNegInf() {
    return Ops.tensor("aten::isneginf", this);
  }

  default Tensor logicalNot_() {
    return Ops.tensor("aten::logical_not_", this);
  }

  default Tensor signbit() {
    return Ops.tensor("aten::signbit", this);
  }

  // ---- linear algebra ----

  default Tensor matmul(Tensor other) {
    return Ops.tensor("aten::matmul", this, other);
  }

  default Tensor mm(Tensor other) {
    return Ops.tensor("aten::mm", this, other);
  }

  default Tensor bmm(Tensor other) {
    return Ops.tensor("aten::bmm", this, other);
  }

  default Tensor dot(Tensor other) {
    return Ops.tensor("aten::dot", this, other);
  }

  default Tensor outer(Tensor other) {
    return Ops.tensor("aten::outer", this, other);
  }

  default Tensor mv(Tensor other) {
    return Ops.tensor("aten::mv", this, other);
  }

  /// `this + a b`.
  default Tensor addmm(Tensor a, Tensor b) {
    return Ops.tensor("aten::addmm", this, a, b);
  }

  default Tensor addmm(Tensor a, Tensor b, Number beta, Number alpha) {
    return Ops.tensor("aten::addmm", this, a, b, beta, alpha);
  }

  default Tensor baddbmm(Tensor a, Tensor b) {
    return Ops.tensor("aten::baddbmm", this, a, b);
  }

  static Tensor einsum(String equation, Tensor... operands) {
    return Ops.tensor("aten::einsum", equation, List.of(operands));
  }

  /// `x weightᵀ + bias`; `weight` is (out, in).
  default Tensor linear(Tensor weight, @Nullable Tensor bias) {
    return Ops.tensor("aten::linear", this, weight, bias);
  }

  default Tensor t() {
    return Ops.tensor("aten::t", this);
  }

  default Tensor inverse() {
    return Ops.tensor("aten::inverse", this);
  }

  default Tensor det() {
    return Ops.tensor("aten::det", this);
  }

  default Tensor trace() {
    return Ops.tensor("aten::trace", this);
  }

  default Tensor diag(long diagonal) {
    return Ops.tensor("aten::diag", this, diagonal);
  }

  default Tensor diagonal(long offset, long dim1, long dim2) {
    return Ops.tensor("aten::diagonal", this, offset, dim1, dim2);
  }

  default Tensor tril(long diagonal) {
    return Ops.tensor("aten::tril", this, diagonal);
  }

  default Tensor triu(long diagonal) {
    return Ops.tensor("aten::triu", this, diagonal);
  }

  /// The Euclidean norm of all numbers.
  default Tensor norm() {
    return Ops.tensor("aten::norm", this);
  }

  default Tensor norm(Number p, long dim, boolean keepdim) {
    return Ops.tensor("aten::norm", this, p, new long[] {dim}, keepdim);
  }

  default Tensor kron(Tensor other) {
    return Ops.tensor("aten::kron", this, other);
  }

  default Tensor cross(Tensor other, long dim) {
    return Ops.tensor("aten::linalg_cross", this, other, dim);
  }

  default Tensor cdist(Tensor other) {
    return Ops.tensor("aten::cdist", this, other);
  }

  default Tensor cosineSimilarity(Tensor other, long dim) {
    return Ops.tensor("aten::cosine_similarity", this, other, dim);
  }

  default Tensor addmm_(Tensor a, Tensor b) {
    return Ops.tensor("aten::addmm_", this, a, b);
  }

  default Tensor baddbmm(Tensor a, Tensor b, Number beta, Number alpha) {
    return Ops.tensor("aten::baddbmm", this, a, b, beta, alpha);
  }

  default Tensor addmv(Tensor matrix, Tensor vector) {
    return Ops.tensor("aten::addmv", this, matrix, vector);
  }

  /// `this + a bᵀ` of two vectors.
  default Tensor addr(Tensor a, Tensor b) {
    return Ops.tensor("aten::addr", this, a, b);
  }

  default Tensor addbmm(Tensor a, Tensor b) {
    return Ops.tensor("aten::addbmm", this, a, b);
  }

  default Tensor tensordot(Tensor other, long[] dims, long[] otherDims) {
    return Ops.tensor("aten::tensordot", this, other, dims, otherDims);
  }

  default Tensor bilinear(Tensor other, Tensor weight, @Nullable Tensor bias) {
    return Ops.tensor("aten::bilinear", this, other, weight, bias);
  }

  default Tensor tril() {
    return Ops.tensor("aten::tril", this);
  }

  default Tensor triu() {
    return Ops.tensor("aten::triu", this);
  }

  default Tensor tril_(long diagonal) {
    return Ops.tensor("aten::tril_", this, diagonal);
  }

  default Tensor triu_(long diagonal) {
    return Ops.tensor("aten::triu_", this, diagonal);
  }

  default Tensor diag() {
    return Ops.tensor("aten::diag", this);
  }

  default Tensor diagEmbed() {
    return Ops.tensor("aten::diag_embed", this);
  }

  default Tensor norm(Number p) {
    return Ops.tensor("aten::norm", this, p);
  }

  default Tensor norm(Number p, long[] dims, boolean keepdim) {
    return Ops.tensor("aten::norm", this, p, dims, keepdim);
  }

  default Tensor vectorNorm(Number order, long[] dims, boolean keepdim) {
    return Ops.tensor("aten::linalg_vector_norm", this, order, dims, keepdim);
  }

  /// The Frobenius norm of each matrix.
  default Tensor matrixNorm() {
    return Ops.tensor("aten::linalg_matrix_norm", this);
  }

  /// The `x` of `this x = other`.
  default Tensor solve(Tensor other) {
    return Ops.tensor("aten::linalg_solve", this, other);
  }

  default Tensor cholesky() {
    return Ops.tensor("aten::linalg_cholesky", this);
  }

  default Tensor matrixPower(long n) {
    return Ops.tensor("aten::linalg_matrix_power", this, n);
  }

  default Tensor pinverse() {
    return Ops.tensor("aten::linalg_pinv", this);
  }

  default Tensor logdet() {
    return Ops.tensor("aten::logdet", this);
  }

  /// `U`, the singular values, `Vᴴ`.
  default List<Tensor> svd(boolean fullMatrices) {
    return Ops.list("aten::linalg_svd", this, fullMatrices);
  }

  /// `Q` and `R`.
  default List<Tensor> qr() {
    return Ops.list("aten::linalg_qr", this);
  }

  /// Eigenvalues and eigenvectors of a symmetric matrix.
  default List<Tensor> eigh() {
    return Ops.list("aten::linalg_eigh", this);
  }

  // ---- reductions ----

  default Tensor sum() {
    return Ops.tensor("aten::sum", this);
  }

  default Tensor sum(long... dims) {
    return Ops.tensor("aten::sum", this, dims);
  }

  default Tensor sum(long dim, boolean keepdim) {
    return Ops.tensor("aten::sum", this, new long[] {dim}, keepdim);
  }

  default Tensor sum(long[] dims, boolean keepdim) {
    return Ops.tensor("aten::sum", this, dims, keepdim);
  }

  default Tensor mean() {
    return Ops.tensor("aten::mean", this);
  }

  default Tensor mean(long... dims) {
    return Ops.tensor("aten::mean", this, dims);
  }

  default Tensor mean(long dim, boolean keepdim) {
    return Ops.tensor("aten::mean", this, new long[] {dim}, keepdim);
  }

  default Tensor mean(long[] dims, boolean keepdim) {
    return Ops.tensor("aten::mean", this, dims, keepdim);
  }

  default Tensor prod() {
    return Ops.tensor("aten::prod", this);
  }

  default Tensor prod(long dim, boolean keepdim) {
    return Ops.tensor("aten::prod", this, dim, keepdim);
  }

  default Tensor all() {
    return Ops.tensor("aten::all", this);
  }

  default Tensor all(long dim, boolean keepdim) {
    return Ops.tensor("aten::all", this, dim, keepdim);
  }

  default Tensor any() {
    return Ops.tensor("aten::any", this);
  }

  default Tensor any(long dim, boolean keepdim) {
    return Ops.tensor("aten::any", this, dim, keepdim);
  }

  /// Unbiased, as in PyTorch.
  default Tensor var() {
    return Ops.tensor("aten::var", this);
  }

  default Tensor var(long dim, boolean unbiased, boolean keepdim) {
    return Ops.tensor("aten::var", this, new long[] {dim}, unbiased, keepdim);
  }

  default Tensor std() {
    return Ops.tensor("aten::std", this);
  }

  default Tensor std(long dim, boolean unbiased, boolean keepdim) {
    return Ops.tensor("aten::std", this, new long[] {dim}, unbiased, keepdim);
  }

  default Tensor amax(long dim, boolean keepdim) {
    return Ops.tensor("aten::amax", this, new long[] {dim}, keepdim);
  }

  default Tensor amin(long dim, boolean keepdim) {
    return Ops.tensor("aten::amin", this, new long[] {dim}, keepdim);
  }

  default Tensor max() {
    return Ops.tensor("aten::max", this);
  }

  default ValuesIndices max(long dim) {
    return max(dim, false);
  }

  default ValuesIndices max(long dim, boolean keepdim) {
    return ValuesIndices.of(Ops.list("aten::max", this, dim, keepdim));
  }

  default Tensor min() {
    return Ops.tensor("aten::min", this);
  }

  default ValuesIndices min(long dim) {
    return min(dim, false);
  }

  default ValuesIndices min(long dim, boolean keepdim) {
    return ValuesIndices.of(Ops.list("aten::min", this, dim, keepdim));
  }

  default Tensor logsumexp(long dim, boolean keepdim) {
    return Ops.tensor("aten::logsumexp", this, new long[] {dim}, keepdim);
  }

  default Tensor argmax() {
    return Ops.tensor("aten::argmax", this);
  }

  default Tensor argmax(long dim) {
    return Ops.tensor("aten::argmax", this, dim);
  }

  default Tensor argmax(long dim, boolean keepdim) {
    return Ops.tensor("aten::argmax", this, dim, keepdim);
  }

  default Tensor argmin() {
    return Ops.tensor("aten::argmin", this);
  }

  default Tensor argmin(long dim) {
    return Ops.tensor("aten::argmin", this, dim);
  }

  default Tensor argmin(long dim, boolean keepdim) {
    return Ops.tensor("aten::argmin", this, dim, keepdim);
  }

  default ValuesIndices topk(long k) {
    return topk(k, -1);
  }

  default ValuesIndices topk(long k, long dim) {
    return ValuesIndices.of(Ops.list("aten::topk", this, k, dim));
  }

  default ValuesIndices sort(long dim, boolean descending) {
    return ValuesIndices.of(Ops.list("aten::sort", this, dim, descending));
  }

  default Tensor argsort(long dim, boolean descending) {
    return Ops.tensor("aten::argsort", this, dim, descending);
  }

  default ValuesIndices kthvalue(long k, long dim) {
    return ValuesIndices.of(Ops.list("aten::kthvalue", this, k, dim));
  }

  default Tensor median() {
    return Ops.tensor("aten::median", this);
  }

  default ValuesIndices median(long dim) {
    return ValuesIndices.of(Ops.list("aten::median", this, dim));
  }

  default Tensor quantile(double q) {
    return Ops.tensor("aten::quantile", this, q);
  }

  default Tensor cumsum(long dim) {
    return Ops.tensor("aten::cumsum", this, dim);
  }

  default Tensor cumprod(long dim) {
    return Ops.tensor("aten::cumprod", this, dim);
  }

  default Tensor countNonzero() {
    return Ops.tensor("aten::count_nonzero", this);
  }

  /// Positions of the numbers that are not 0, (count, rank) int64. The count depends on the values.
  default Tensor nonzero() {
    return Ops.tensor("aten::nonzero", this);
  }

  default Tensor bincount() {
    return Ops.tensor("aten::bincount", this);
  }

  default Tensor sum(DType dtype) {
    return Ops.tensor("aten::sum", this, dtype);
  }

  default Tensor mean(DType dtype) {
    return Ops.tensor("aten::mean", this, dtype);
  }

  default Tensor amax(long... dims) {
    return Ops.tensor("aten::amax", this, dims);
  }

  default Tensor amin(long... dims) {
    return Ops.tensor("aten::amin", this, dims);
  }

  default Tensor amax(long[] dims, boolean keepdim) {
    return Ops.tensor("aten::amax", this, dims, keepdim);
  }

  default Tensor amin(long[] dims, boolean keepdim) {
    return Ops.tensor("aten::amin", this, dims, keepdim);
  }

  default Tensor nansum() {
    return Ops.tensor("aten::nansum", this);
  }

  default Tensor nanmean() {
    return Ops.tensor("aten::nanmean", this);
  }

  default Tensor var(long[] dims, boolean unbiased, boolean keepdim) {
    return Ops.tensor("aten::var", this, dims, unbiased, keepdim);
  }

  default Tensor std(long[] dims, boolean unbiased, boolean keepdim) {
    return Ops.tensor("aten::std", this, dims, unbiased, keepdim);
  }

  default ValuesIndices cummax(long dim) {
    return ValuesIndices.of(Ops.list("aten::cummax", this, dim));
  }

  default ValuesIndices cummin(long dim) {
    return ValuesIndices.of(Ops.list("aten::cummin", this, dim));
  }

  default Tensor logcumsumexp(long dim) {
    return Ops.tensor("aten::logcumsumexp", this, dim);
  }

  default Tensor cumsum_(long dim) {
    return Ops.tensor("aten::cumsum_", this, dim);
  }

  default ValuesIndices topk(long k, long dim, boolean largest, boolean sorted) {
    return ValuesIndices.of(Ops.list("aten::topk", this, k, dim, largest, sorted));
  }

  default ValuesIndices sort() {
    return ValuesIndices.of(Ops.list("aten::sort", this));
  }

  default ValuesIndices sort(long dim) {
    return ValuesIndices.of(Ops.list("aten::sort", this, dim));
  }

  default Tensor argsort() {
    return Ops.tensor("aten::argsort", this);
  }

  default Tensor argsort(long dim) {
    return Ops.tensor("aten::argsort", this, dim);
  }

  /// The k-th smallest of the last dimension; the first is `kthvalue(1)`.
  default ValuesIndices kthvalue(long k) {
    return ValuesIndices.of(Ops.list("aten::kthvalue", this, k));
  }

  default ValuesIndices kthvalue(long k, long dim, boolean keepdim) {
    return ValuesIndices.of(Ops.list("aten::kthvalue", this, k, dim, keepdim));
  }

  default ValuesIndices mode(long dim) {
    return ValuesIndices.of(Ops.list("aten::mode", this, dim));
  }

  default Tensor quantile(double q, long dim, boolean keepdim) {
    return Ops.tensor("aten::quantile", this, q, dim, keepdim);
  }

  default Tensor quantile(Tensor q, long dim, boolean keepdim) {
    return Ops.tensor("aten::quantile", this, q, dim, keepdim);
  }

  default Tensor countNonzero(long dim) {
    return Ops.tensor("aten::count_nonzero", this, dim);
  }

  default Tensor histc(long bins, Number min, Number max) {
    return Ops.tensor("aten::histc", this, bins, min, max);
  }

  default Tensor diff(long n, long dim) {
    return Ops.tensor("aten::diff", this, n, dim);
  }

  /// The different numbers, sorted. The count depends on the values.
  default Tensor unique() {
    return Ops.list("aten::_unique2", this).get(0);
  }

  // ---- shape ----

  default Tensor reshape(long... shape) {
    return Ops.tensor("aten::reshape", this, shape);
  }

  default Tensor reshape(Shape shape) {
    return Ops.tensor("aten::reshape", this, shape);
  }

  default Tensor view(long... shape) {
    return Ops.tensor("aten::view", this, shape);
  }

  default Tensor permute(long... dims) {
    return Ops.tensor("aten::permute", this, dims);
  }

  default Tensor transpose(long dim0, long dim1) {
    return Ops.tensor("aten::transpose", this, dim0, dim1);
  }

  default Tensor squeeze() {
    return Ops.tensor("aten::squeeze", this);
  }

  default Tensor squeeze(long dim) {
    return Ops.tensor("aten::squeeze", this, dim);
  }

  default Tensor unsqueeze(long dim) {
    return Ops.tensor("aten::unsqueeze", this, dim);
  }

  static Tensor cat(List<? extends Tensor> tensors, long dim) {
    return Ops.tensor("aten::cat", tensors, dim);
  }

  static Tensor stack(List<? extends Tensor> tensors, long dim) {
    return Ops.tensor("aten::stack", tensors, dim);
  }

  default List<Tensor> split(long size, long dim) {
    return Ops.list("aten::split", this, size, dim);
  }

  default List<Tensor> split(long[] sizes, long dim) {
    return Ops.list("aten::split_with_sizes", this, sizes, dim);
  }

  default List<Tensor> chunk(long chunks, long dim) {
    return Ops.list("aten::chunk", this, chunks, dim);
  }

  default List<Tensor> unbind(long dim) {
    return Ops.list("aten::unbind", this, dim);
  }

  default Tensor expand(long... shape) {
    return Ops.tensor("aten::expand", this, shape);
  }

  default Tensor expandAs(Tensor other) {
    return Ops.tensor("aten::expand_as", this, other);
  }

  default Tensor repeat(long... times) {
    return Ops.tensor("aten::repeat", this, times);
  }

  default Tensor repeatInterleave(long times, long dim) {
    return Ops.tensor("aten::repeat_interleave", this, times, dim);
  }

  default Tensor tile(long... times) {
    return Ops.tensor("aten::tile", this, times);
  }

  default Tensor flatten() {
    return flatten(0, -1);
  }

  default Tensor flatten(long startDim, long endDim) {
    return Ops.tensor("aten::flatten", this, startDim, endDim);
  }

  default Tensor unflatten(long dim, long... sizes) {
    return Ops.tensor("aten::unflatten", this, dim, sizes);
  }

  default Tensor narrow(long dim, long start, long length) {
    return Ops.tensor("aten::narrow", this, dim, start, length);
  }

  default Tensor select(long dim, long index) {
    return Ops.tensor("aten::select", this, dim, index);
  }

  default Tensor slice(long dim, long start, long end, long step) {
    return Ops.tensor("aten::slice", this, dim, start, end, step);
  }

  default Tensor movedim(long source, long destination) {
    return Ops.tensor("aten::movedim", this, source, destination);
  }

  default Tensor unfold(long dim, long size, long step) {
    return Ops.tensor("aten::unfold", this, dim, size, step);
  }

  /// Zeros around: sizes are (before, after) of the last dimension first.
  default Tensor pad(long... sizes) {
    return Ops.tensor("aten::constant_pad_nd", this, sizes, 0);
  }

  default Tensor pad(long[] sizes, Number value) {
    return Ops.tensor("aten::constant_pad_nd", this, sizes, value);
  }

  default Tensor flip(long... dims) {
    return Ops.tensor("aten::flip", this, dims);
  }

  default Tensor roll(long shift, long dim) {
    return Ops.tensor("aten::roll", this, new long[] {shift}, new long[] {dim});
  }

  default Tensor view(Shape shape) {
    return Ops.tensor("aten::view", this, shape);
  }

  /// The same bytes, read as another dtype.
  default Tensor view(DType dtype) {
    return Ops.tensor("aten::view", this, dtype);
  }

  default Tensor viewAs(Tensor other) {
    return Ops.tensor("aten::view_as", this, other);
  }

  default Tensor reshapeAs(Tensor other) {
    return Ops.tensor("aten::reshape_as", this, other);
  }

  default Tensor expand(Shape shape) {
    return Ops.tensor("aten::expand", this, shape);
  }

  default Tensor broadcastTo(long... shape) {
    return Ops.tensor("aten::broadcast_to", this, shape);
  }

  default Tensor flatten(long startDim) {
    return Ops.tensor("aten::flatten", this, startDim);
  }

  default List<Tensor> split(long size) {
    return split(size, 0);
  }

  default List<Tensor> chunk(long chunks) {
    return chunk(chunks, 0);
  }

  default List<Tensor> unbind() {
    return unbind(0);
  }

  default List<Tensor> tensorSplit(long sections, long dim) {
    return Ops.list("aten::tensor_split", this, sections, dim);
  }

  static Tensor cat(List<? extends Tensor> tensors) {
    return cat(tensors, 0);
  }

  static Tensor stack(List<? extends Tensor> tensors) {
    return stack(tensors, 0);
  }

  static Tensor hstack(List<? extends Tensor> tensors) {
    return Ops.tensor("aten::hstack", tensors);
  }

  static Tensor vstack(List<? extends Tensor> tensors) {
    return Ops.tensor("aten::vstack", tensors);
  }

  /// `indexing` is `"ij"` or `"xy"`.
  static List<Tensor> meshgrid(List<? extends Tensor> axes, String indexing) {
    return Ops.list("aten::meshgrid", axes, indexing);
  }

  default Tensor swapaxes(long axis0, long axis1) {
    return Ops.tensor("aten::swapaxes", this, axis0, axis1);
  }

  default Tensor transpose_(long dim0, long dim1) {
    return Ops.tensor("aten::transpose_", this, dim0, dim1);
  }

  default Tensor squeeze_(long dim) {
    return Ops.tensor("aten::squeeze_", this, dim);
  }

  default Tensor unsqueeze_(long dim) {
    return Ops.tensor("aten::unsqueeze_", this, dim);
  }

  default Tensor t_() {
    return Ops.tensor("aten::t_", this);
  }

  default Tensor movedim(long[] sources, long[] destinations) {
    return Ops.tensor("aten::movedim", this, sources, destinations);
  }

  default Tensor roll(long[] shifts, long[] dims) {
    return Ops.tensor("aten::roll", this, shifts, dims);
  }

  default Tensor rot90(long times, long dim0, long dim1) {
    return Ops.tensor("aten::rot90", this, times, new long[] {dim0, dim1});
  }

  /// `mode` is `"constant"`, `"reflect"`, `"replicate"` or `"circular"`.
  default Tensor pad(long[] sizes, String mode) {
    return Ops.tensor("aten::pad", this, sizes, mode);
  }

  default Tensor pixelShuffle(long factor) {
    return Ops.tensor("aten::pixel_shuffle", this, factor);
  }

  default Tensor asStrided(long[] size, long[] stride, long offset) {
    return Ops.tensor("aten::as_strided", this, size, stride, offset);
  }

  // ---- selection ----

  /// `x[index]`: ints, `"1:4"`, `":"`, `"..."`, `"None"` and tensors.
  default Tensor get(Object... index) {
    return at(index).get();
  }

  /// The subscripted tensor, to be read or assigned to: `x.at(":", 0).set(0)`.
  default Selection at(Object... index) {
    return new Selection(this, Index.of(index));
  }

  default Tensor gather(long dim, Tensor index) {
    return Ops.tensor("aten::gather", this, dim, index);
  }

  default Tensor scatter(long dim, Tensor index, Tensor source) {
    return Ops.tensor("aten::scatter", this, dim, index, source);
  }

  default Tensor scatter(long dim, Tensor index, Number value) {
    return Ops.tensor("aten::scatter", this, dim, index, value);
  }

  default Tensor scatterAdd(long dim, Tensor index, Tensor source) {
    return Ops.tensor("aten::scatter_add", this, dim, index, source);
  }

  default Tensor indexSelect(long dim, Tensor index) {
    return Ops.tensor("aten::index_select", this, dim, index);
  }

  default Tensor indexAdd(long dim, Tensor index, Tensor source) {
    return Ops.tensor("aten::index_add", this, dim, index, source);
  }

  default Tensor takeAlongDim(Tensor index, long dim) {
    return Ops.tensor("aten::take_along_dim", this, index, dim);
  }

  default Tensor maskedFill(Tensor mask, Number value) {
    return Ops.tensor("aten::masked_fill", this, mask, value);
  }

  default Tensor maskedFill_(Tensor mask, Number value) {
    return Ops.tensor("aten::masked_fill_", this, mask, value);
  }

  /// The count depends on the values.
  default Tensor maskedSelect(Tensor mask) {
    return Ops.tensor("aten::masked_select", this, mask);
  }

  /// `this` where `condition` holds, else `other`.
  default Tensor where(Tensor condition, Tensor other) {
    return Ops.tensor("aten::where", condition, this, other);
  }

  default Tensor where(Tensor condition, Number other) {
    return Ops.tensor("aten::where", condition, this, other);
  }

  default Tensor bucketize(Tensor boundaries) {
    return Ops.tensor("aten::bucketize", this, boundaries);
  }

  default Tensor scatter_(long dim, Tensor index, Tensor source) {
    return Ops.tensor("aten::scatter_", this, dim, index, source);
  }

  default Tensor scatter_(long dim, Tensor index, Number value) {
    return Ops.tensor("aten::scatter_", this, dim, index, value);
  }

  default Tensor scatterAdd_(long dim, Tensor index, Tensor source) {
    return Ops.tensor("aten::scatter_add_", this, dim, index, source);
  }

  /// `reduce` is `"sum"`, `"prod"`, `"mean"`, `"amax"` or `"amin"`.
  default Tensor scatterReduce(long dim, Tensor index, Tensor source, String reduce) {
    return Ops.tensor("aten::scatter_reduce", this, dim, index, source, reduce);
  }

  default Tensor indexAdd_(long dim, Tensor index, Tensor source) {
    return Ops.tensor("aten::index_add_", this, dim, index, source);
  }

  default Tensor indexCopy(long dim, Tensor index, Tensor source) {
    return Ops.tensor("aten::index_copy", this, dim, index, source);
  }

  default Tensor indexCopy_(long dim, Tensor index, Tensor source) {
    return Ops.tensor("aten::index_copy_", this, dim, index, source);
  }

  default Tensor indexFill(long dim, Tensor index, Number value) {
    return Ops.tensor("aten::index_fill", this, dim, index, value);
  }

  default Tensor indexFill_(long dim, Tensor index, Number value) {
    return Ops.tensor("aten::index_fill_", this, dim, index, value);
  }

  default Tensor maskedFill(Tensor mask, Tensor value) {
    return Ops.tensor("aten::masked_fill", this, mask, value);
  }

  default Tensor maskedFill_(Tensor mask, Tensor value) {
    return Ops.tensor("aten::masked_fill_", this, mask, value);
  }

  default Tensor maskedScatter(Tensor mask, Tensor source) {
    return Ops.tensor("aten::masked_scatter", this, mask, source);
  }

  /// The numbers at `index` of the flattened tensor.
  default Tensor take(Tensor index) {
    return Ops.tensor("aten::take", this, index);
  }

  /// Where `values` would go into this sorted tensor.
  default Tensor searchsorted(Tensor values) {
    return Ops.tensor("aten::searchsorted", this, values);
  }

  // ---- activations ----

  /// Exact: `x Φ(x)`.
  default Tensor gelu() {
    return Ops.tensor("aten::gelu", this);
  }

  /// The tanh approximation, GPT-2's.
  default Tensor geluTanh() {
    return Ops.tensor("aten::gelu", this, "tanh");
  }

  default Tensor silu() {
    return Ops.tensor("aten::silu", this);
  }

  default Tensor mish() {
    return Ops.tensor("aten::mish", this);
  }

  default Tensor selu() {
    return Ops.tensor("aten::selu", this);
  }

  default Tensor logSigmoid() {
    return Ops.tensor("aten::log_sigmoid", this);
  }

  default Tensor relu6() {
    return Ops.tensor("aten::relu6", this);
  }

  default Tensor hardsigmoid() {
    return Ops.tensor("aten::hardsigmoid", this);
  }

  default Tensor hardswish() {
    return Ops.tensor("aten::hardswish", this);
  }

  default Tensor leakyRelu(Number slope) {
    return Ops.tensor("aten::leaky_relu", this, slope);
  }

  default Tensor elu(Number alpha) {
    return Ops.tensor("aten::elu", this, alpha);
  }

  default Tensor softplus() {
    return Ops.tensor("aten::softplus", this);
  }

  default Tensor hardtanh(Number min, Number max) {
    return Ops.tensor("aten::hardtanh", this, min, max);
  }

  default Tensor softmax(long dim) {
    return Ops.tensor("aten::softmax", this, dim);
  }

  default Tensor softmax(long dim, DType dtype) {
    return Ops.tensor("aten::softmax", this, dim, dtype);
  }

  default Tensor logSoftmax(long dim) {
    return Ops.tensor("aten::log_softmax", this, dim);
  }

  default Tensor glu(long dim) {
    return Ops.tensor("aten::glu", this, dim);
  }

  default Tensor prelu(Tensor weight) {
    return Ops.tensor("aten::prelu", this, weight);
  }

  default Tensor gelu_() {
    return Ops.tensor("aten::gelu_", this);
  }

  default Tensor silu_() {
    return Ops.tensor("aten::silu_", this);
  }

  /// Clamped to [-1, 1].
  default Tensor hardtanh() {
    return Ops.tensor("aten::hardtanh", this);
  }

  default Tensor hardtanh_(Number min, Number max) {
    return Ops.tensor("aten::hardtanh_", this, min, max);
  }

  default Tensor leakyRelu_(Number slope) {
    return Ops.tensor("aten::leaky_relu_", this, slope);
  }

  default Tensor elu() {
    return Ops.tensor("aten::elu", this);
  }

  default Tensor elu_(Number alpha) {
    return Ops.tensor("aten::elu_", this, alpha);
  }

  default Tensor relu6_() {
    return Ops.tensor("aten::relu6_", this);
  }

  default Tensor hardswish_() {
    return Ops.tensor("aten::hardswish_", this);
  }

  default Tensor celu(Number alpha) {
    return Ops.tensor("aten::celu", this, alpha);
  }

  default Tensor softshrink(Number lambda) {
    return Ops.tensor("aten::softshrink", this, lambda);
  }

  default Tensor hardshrink(Number lambda) {
    return Ops.tensor("aten::hardshrink", this, lambda);
  }

  default Tensor threshold(Number threshold, Number value) {
    return Ops.tensor("aten::threshold", this, threshold, value);
  }

  default Tensor softplus(Number beta, Number threshold) {
    return Ops.tensor("aten::softplus", this, beta, threshold);
  }

  default Tensor logSoftmax(long dim, DType dtype) {
    return Ops.tensor("aten::log_softmax", this, dim, dtype);
  }

  // ---- layers as functions ----

  default Tensor layerNorm(
      Shape normalized, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    return Ops.tensor("aten::layer_norm", this, normalized, weight, bias, eps);
  }

  default Tensor rmsNorm(Shape normalized, @Nullable Tensor weight, @Nullable Double eps) {
    return Ops.tensor("aten::rms_norm", this, normalized, weight, eps);
  }

  default Tensor groupNorm(
      long groups, @Nullable Tensor weight, @Nullable Tensor bias, double eps) {
    return Ops.tensor("aten::group_norm", this, groups, weight, bias, eps);
  }

  default Tensor batchNorm(
      @Nullable Tensor weight,
      @Nullable Tensor bias,
      @Nullable Tensor runningMean,
      @Nullable Tensor runningVar,
      boolean training,
      double momentum,
      double eps) {
    return Ops.tensor(
        "aten::batch_norm",
        this,
        weight,
        bias,
        runningMean,
        runningVar,
        training,
        momentum,
        eps,
        false);
  }

  /// `x` is (batch, in, length), `weight` (out, in / groups, kernel).
  default Tensor conv1d(
      Tensor weight,
      @Nullable Tensor bias,
      long[] stride,
      long[] padding,
      long[] dilation,
      long groups) {
    return Ops.tensor("aten::conv1d", this, weight, bias, stride, padding, dilation, groups);
  }

  default Tensor convTranspose1d(
      Tensor weight,
      @Nullable Tensor bias,
      long[] stride,
      long[] padding,
      long[] outputPadding,
      long groups,
      long[] dilation) {
    return Ops.tensor(
        "aten::conv_transpose1d",
        this,
        weight,
        bias,
        stride,
        padding,
        outputPadding,
        groups,
        dilation);
  }

  /// `x` is (batch, in, height, width), `weight` (out, in / groups, kernel, kernel).
  default Tensor conv2d(
      Tensor weight,
      @Nullable Tensor bias,
      long[] stride,
      long[] padding,
      long[] dilation,
      long groups) {
    return Ops.tensor("aten::conv2d", this, weight, bias, stride, padding, dilation, groups);
  }

  default Tensor convTranspose2d(
      Tensor weight,
      @Nullable Tensor bias,
      long[] stride,
      long[] padding,
      long[] outputPadding,
      long groups,
      long[] dilation) {
    return Ops.tensor(
        "aten::conv_transpose2d",
        this,
        weight,
        bias,
        stride,
        padding,
        outputPadding,
        groups,
        dilation);
  }

  default Tensor maxPool2d(long[] kernel, long[] stride, long[] padding) {
    return Ops.tensor("aten::max_pool2d", this, kernel, stride, padding);
  }

  default Tensor avgPool2d(long[] kernel, long[] stride, long[] padding) {
    return Ops.tensor("aten::avg_pool2d", this, kernel, stride, padding);
  }

  default Tensor maxPool1d(long[] kernel, long[] stride, long[] padding) {
    return Ops.tensor("aten::max_pool1d", this, kernel, stride, padding);
  }

  default Tensor avgPool1d(long[] kernel, long[] stride, long[] padding) {
    return Ops.tensor("aten::avg_pool1d", this, kernel, stride, padding);
  }

  default Tensor adaptiveAvgPool2d(long... outputSize) {
    return Ops.tensor("aten::adaptive_avg_pool2d", this, outputSize);
  }

  /// Rows of `this`, a (count, width) table, at `indices`.
  default Tensor embedding(Tensor indices) {
    return Ops.tensor("aten::embedding", this, indices);
  }

  default Tensor dropout(double p, boolean train) {
    return Ops.tensor("aten::dropout", this, p, train);
  }

  /// `this` is the query, (…, length, width); `mask` is added to the scores, or boolean with true =
  /// attend.
  default Tensor scaledDotProductAttention(
      Tensor key, Tensor value, @Nullable Tensor mask, boolean causal) {
    return Ops.tensor("aten::scaled_dot_product_attention", this, key, value, mask, 0.0, causal);
  }

  default Tensor oneHot(long classes) {
    return Ops.tensor("aten::one_hot", this, classes);
  }

  default Tensor interpolateNearest2d(long... outputSize) {
    return Ops.tensor("aten::upsample_nearest2d", this, outputSize, null);
  }

  default Tensor conv1d(Tensor weight, @Nullable Tensor bias) {
    return Ops.tensor("aten::conv1d", this, weight, bias);
  }

  default Tensor conv2d(Tensor weight, @Nullable Tensor bias) {
    return Ops.tensor("aten::conv2d", this, weight, bias);
  }

  default Tensor embedding(Tensor indices, long paddingIndex) {
    return Ops.tensor("aten::embedding", this, indices, paddingIndex);
  }

  default Tensor convTranspose1d(Tensor weight, @Nullable Tensor bias) {
    return Ops.tensor("aten::conv_transpose1d", this, weight, bias);
  }

  default Tensor convTranspose2d(Tensor weight, @Nullable Tensor bias) {
    return Ops.tensor("aten::conv_transpose2d", this, weight, bias);
  }

  default ValuesIndices maxPool2dWithIndices(long[] kernel, long[] stride, long[] padding) {
    return ValuesIndices.of(
        Ops.list("aten::max_pool2d_with_indices", this, kernel, stride, padding));
  }

  default Tensor adaptiveAvgPool1d(long outputSize) {
    return Ops.tensor("aten::adaptive_avg_pool1d", this, new long[] {outputSize});
  }

  default ValuesIndices adaptiveMaxPool2d(long... outputSize) {
    return ValuesIndices.of(Ops.list("aten::adaptive_max_pool2d", this, outputSize));
  }

  default Tensor dropout_(double p, boolean train) {
    return Ops.tensor("aten::dropout_", this, p, train);
  }

  default Tensor scaledDotProductAttention(Tensor key, Tensor value) {
    return Ops.tensor("aten::scaled_dot_product_attention", this, key, value);
  }

  default Tensor interpolateBilinear2d(long[] outputSize, boolean alignCorners) {
    return Ops.tensor("aten::upsample_bilinear2d", this, outputSize, alignCorners, null);
  }

  default Tensor im2col(long[] kernel, long[] dilation, long[] padding, long[] stride) {
    return Ops.tensor("aten::im2col", this, kernel, dilation, padding, stride);
  }

  // ---- losses ----

  /// Mean over rows of (rows, classes) logits; targets of -100 do not count.
  default Tensor crossEntropy(Tensor target) {
    return Ops.tensor("aten::cross_entropy_loss", this, target);
  }

  default Tensor nllLoss(Tensor target) {
    return Ops.tensor("aten::nll_loss", this, target);
  }

  default Tensor mseLoss(Tensor target) {
    return Ops.tensor("aten::mse_loss", this, target);
  }

  default Tensor l1Loss(Tensor target) {
    return Ops.tensor("aten::l1_loss", this, target);
  }

  default Tensor klDiv(Tensor target) {
    return Ops.tensor("aten::kl_div", this, target);
  }

  default Tensor binaryCrossEntropyWithLogits(Tensor target) {
    return Ops.tensor("aten::binary_cross_entropy_with_logits", this, target);
  }

  default Tensor crossEntropy(
      Tensor target,
      @Nullable Tensor weight,
      Reduction reduction,
      long ignoreIndex,
      double labelSmoothing) {
    return Ops.tensor(
        "aten::cross_entropy_loss",
        this,
        target,
        weight,
        reduction.code(),
        ignoreIndex,
        labelSmoothing);
  }

  default Tensor nllLoss(
      Tensor target, @Nullable Tensor weight, Reduction reduction, long ignoreIndex) {
    return Ops.tensor("aten::nll_loss", this, target, weight, reduction.code(), ignoreIndex);
  }

  default Tensor mseLoss(Tensor target, Reduction reduction) {
    return Ops.tensor("aten::mse_loss", this, target, reduction.code());
  }

  default Tensor l1Loss(Tensor target, Reduction reduction) {
    return Ops.tensor("aten::l1_loss", this, target, reduction.code());
  }

  default Tensor klDiv(Tensor target, Reduction reduction, boolean logTarget) {
    return Ops.tensor("aten::kl_div", this, target, reduction.code(), logTarget);
  }

  default Tensor binaryCrossEntropy(Tensor target) {
    return Ops.tensor("aten::binary_cross_entropy", this, target);
  }

  default Tensor binaryCrossEntropyWithLogits(
      Tensor target, @Nullable Tensor weight, @Nullable Tensor posWeight, Reduction reduction) {
    return Ops.tensor(
        "aten::binary_cross_entropy_with_logits",
        this,
        target,
        weight,
        posWeight,
        reduction.code());
  }

  default Tensor smoothL1Loss(Tensor target, Reduction reduction, double beta) {
    return Ops.tensor("aten::smooth_l1_loss", this, target, reduction.code(), beta);
  }

  default Tensor huberLoss(Tensor target, Reduction reduction, double delta) {
    return Ops.tensor("aten::huber_loss", this, target, reduction.code(), delta);
  }

  // ---- random, in place ----

  default Tensor uniform_(double from, double to) {
    return Ops.tensor("aten::uniform_", this, from, to);
  }

  default Tensor normal_(double mean, double std) {
    return Ops.tensor("aten::normal_", this, mean, std);
  }

  default Tensor bernoulli_(double p) {
    return Ops.tensor("aten::bernoulli_", this, p);
  }

  default Tensor bernoulli() {
    return Ops.tensor("aten::bernoulli", this);
  }

  default Tensor multinomial(long samples, boolean replacement) {
    return Ops.tensor("aten::multinomial", this, samples, replacement);
  }

  default Tensor exponential_(double rate) {
    return Ops.tensor("aten::exponential_", this, rate);
  }

  default Tensor random_(long from, long to) {
    return Ops.tensor("aten::random_", this, from, to);
  }

  // ---- copies, casts, assignment ----

  /// PyTorch's `clone`; differentiable.
  default Tensor copy() {
    return Ops.tensor("aten::clone", this);
  }

  /// The same numbers, outside the autograd graph.
  default Tensor detach() {
    return Ops.tensor("aten::detach", this);
  }

  default Tensor contiguous() {
    return Ops.tensor("aten::contiguous", this);
  }

  default Tensor to(DType dtype) {
    return Ops.tensor("aten::to", this, dtype);
  }

  default Tensor to(Device device) {
    return Ops.tensor("aten::to", this, device, dtype());
  }

  default Tensor typeAs(Tensor other) {
    return Ops.tensor("aten::type_as", this, other);
  }

  default Tensor copy_(Tensor source) {
    return Ops.tensor("aten::copy_", this, source);
  }

  default Tensor fill_(Number value) {
    return Ops.tensor("aten::fill_", this, value);
  }

  default Tensor fill_(Tensor value) {
    return Ops.tensor("aten::fill_", this, value);
  }

  default Tensor zero_() {
    return Ops.tensor("aten::zero_", this);
  }

  default Tensor fillDiagonal_(Number value) {
    return Ops.tensor("aten::fill_diagonal_", this, value);
  }

  // ---- gradients ----

  /// Runs the backward pass from this scalar into the `grad` of the leaves.
  default void backward() {
    Ops.call("backward", this);
  }

  /// Runs the backward pass with `gradient` (this tensor's shape; null for a scalar).
  default void backward(@Nullable Tensor gradient, boolean retainGraph, boolean createGraph) {
    Ops.call("backward", this, gradient, retainGraph, createGraph);
  }

  default Tensor requiresGrad_(boolean on) {
    return Ops.tensor("aten::requires_grad_", this, on);
  }

  /// What `backward` accumulated in this leaf; an [IllegalStateException] when there is nothing
  /// yet.
  default Tensor grad() {
    return Autograd.gradOf(dense());
  }

  /// Whether [#grad] has something to give.
  default boolean hasGrad() {
    return Autograd.hasGrad(dense());
  }

  /// Replaces the gradient: of a leaf the accumulated one, inside a trace the one passing backward.
  default void grad(Tensor gradient) {
    Autograd.setGrad(dense(), gradient.dense());
  }

  /// Forgets the accumulated gradient of this leaf.
  default void clearGrad() {
    Autograd.clearGradOf(dense());
  }

  default boolean requiresGrad() {
    return dense().handle().requires_grad();
  }

  /// Whether no recorded operation made this tensor: `backward` accumulates into leaves only.
  default boolean isLeaf() {
    return dense().handle().is_leaf();
  }

  /// Lets `backward` keep the gradient of this non-leaf in [#grad] too.
  default Tensor retainGrad() {
    return Autograd.retainGrad(this);
  }

  /// The name of the recorded operation that made this tensor, such as `MulBackward0`; null for a
  /// leaf.
  default @Nullable String gradFn() {
    return Autograd.makerOf(dense());
  }

  /// Takes this tensor itself out of the autograd graph.
  default Tensor detach_() {
    return Ops.tensor("aten::detach_", this);
  }

  // ---- reading numbers ----

  /// The only number of this tensor.
  default double item() {
    return TensorData.item(dense()).doubleValue();
  }

  /// The only number of this tensor, as a whole number.
  default long itemLong() {
    return TensorData.item(dense()).longValue();
  }

  /// The numbers in row-major order, converted to `float`.
  default float[] toFloats() {
    return TensorData.floats(dense());
  }

  default double[] toDoubles() {
    return TensorData.doubles(dense());
  }

  default long[] toLongs() {
    return TensorData.longs(dense());
  }

  default int[] toInts() {
    return TensorData.ints(dense());
  }

  default byte[] toBytes() {
    return TensorData.bytes(dense());
  }

  default boolean[] toBooleans() {
    return TensorData.booleans(dense());
  }
}
