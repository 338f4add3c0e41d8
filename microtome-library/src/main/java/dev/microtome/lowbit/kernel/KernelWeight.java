package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.DenseTensor;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Ops;
import dev.microtome.tensor.Shape;
import dev.microtome.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// A weight of few bits as the kernels read it: `w[r][k] = scale[r][g] (code[r][k] - zero[r][g])`
/// with g the group of column k. Holds the same numbers as what it was made of, no more and no
/// less, so a layer can keep this form alone and give the plain one back for a file.
public final class KernelWeight {
  private final TileLayout layout;
  private final Tensor words;
  private final Tensor scale;
  private final Tensor zero;
  private final WeightMemory memory;

  /// @param words int32, of the layout's word shape
  /// @param scale float32, bfloat16 or float16, of the layout's scale shape; 16-bit numbers in the
  ///   order of [ScaleType]
  /// @param zero of the same type and shape
  /// @throws IllegalArgumentException for other shapes or types: the kernels rely on the sizes
  private KernelWeight(TileLayout layout, Tensor words, Tensor scale, Tensor zero) {
    this.layout = layout;
    this.words = checked("words", words, DType.INT32, layout.wordShape());
    this.scale = checked("scales", scale, scale.dtype(), layout.scaleShape());
    this.zero = checked("zeros", zero, scale.dtype(), layout.scaleShape());
    HugePages.ask(this.words.dense().segment());
    memory =
        new WeightMemory(
            layout,
            ScaleType.of(scale.dtype()),
            this.words.dense().segment(),
            this.scale.dense().segment(),
            this.zero.dense().segment());
  }

  private static Tensor checked(String what, Tensor tensor, DType dtype, Shape shape) {
    if (tensor.dtype() != dtype || !tensor.shape().equals(shape)) {
      throw new IllegalArgumentException(
          "the %s of a kernel weight must be %s%s, got %s%s"
              .formatted(what, dtype.label(), shape, tensor.dtype().label(), tensor.shape()));
    }
    return tensor.contiguous().save();
  }

  /// A weight whose tensors are laid out already, as [#words], [#scale] and [#zero] give them.
  ///
  /// @throws IllegalArgumentException for other shapes or types than the layout's
  public static KernelWeight over(TileLayout layout, Tensor words, Tensor scale, Tensor zero) {
    return new KernelWeight(layout, words, scale, zero);
  }

  /// Lays a weight out for the kernels.
  ///
  /// @param codes uint8 (rows, columns)
  /// @param scale (rows, groups) of float32, bfloat16 or float16
  /// @param zero likewise
  /// @throws IllegalArgumentException for shapes that do not fit together, codes of more than
  ///   `bits` bits, and scales or zeros that are not finite
  public static KernelWeight of(Tensor codes, Tensor scale, Tensor zero, int bits) {
    if (codes.dim() != 2 || codes.dtype() != DType.UINT8) {
      throw new IllegalArgumentException(
          "codes are a uint8 matrix (rows, columns), got " + codes.dtype() + codes.shape());
    }
    long groups = scale.dim() == 2 ? scale.size(1) : 0;
    if (groups < 1 || codes.size(1) % groups != 0) {
      throw new IllegalArgumentException(
          "scales %s do not cut the columns of codes %s into equal groups"
              .formatted(scale.shape(), codes.shape()));
    }
    var layout =
        new TileLayout(
            Math.toIntExact(codes.size(0)),
            Math.toIntExact(codes.size(1)),
            bits,
            (int) (codes.size(1) / groups));
    return new KernelWeight(
        layout,
        words(codes, layout),
        Scales.tiled("scales", scale, scale.dtype(), layout),
        Scales.tiled("zeros", zero, scale.dtype(), layout));
  }

  private static Tensor words(Tensor codes, TileLayout layout) {
    if (layout.bits() < 8 && codes.max().item() >= 1 << layout.bits()) {
      throw new IllegalArgumentException(
          "code %.0f has more than %d bits".formatted(codes.max().item(), layout.bits()));
    }
    var words = (DenseTensor) Tensor.empty(layout.wordShape(), DType.INT32);
    MemorySegment target = words.segment();
    MemorySegment source = codes.contiguous().dense().segment();
    byte[] row = new byte[layout.columns()];
    int[] chunk = new int[layout.bits()];
    int[] tile = new int[layout.tileWords()];
    for (int r = 0; r < layout.paddedRows(); r++) {
      if (r < layout.rows()) {
        MemorySegment.copy(source, JAVA_BYTE, (long) r * row.length, row, 0, row.length);
      } else {
        Arrays.fill(row, (byte) 0);
      }
      int at = r % TileLayout.TILE;
      for (int column = 0; column < row.length; column += TileLayout.CHUNK) {
        layout.put(row, column, chunk);
        for (int word : chunk) {
          tile[at] = word;
          at += TileLayout.TILE;
        }
      }
      if (r % TileLayout.TILE == TileLayout.TILE - 1) {
        long to = 4L * tile.length * (r / TileLayout.TILE);
        MemorySegment.copy(tile, 0, target, JAVA_INT, to, tile.length);
      }
    }
    return words;
  }

  /// `x Wᵀ` over the last dimension of x, in x's dtype. Differentiable in x.
  public Tensor linear(Tensor x, Precision precision) {
    return Ops.tensor(KernelLinearOp.NAME, x, this, precision);
  }

  /// `dY W`, what [#linear] passes back, over the last dimension of dY and in its dtype.
  public Tensor gradient(Tensor dy, Precision precision) {
    return Grad.off(() -> new Multiplication(this, precision).backward(dy));
  }

  /// The codes again, uint8 (rows, columns).
  public Tensor codes() {
    var codes = (DenseTensor) Tensor.empty(Shape.of(layout.rows(), layout.columns()), DType.UINT8);
    MemorySegment target = codes.segment();
    MemorySegment source = words.dense().segment();
    int[] chunk = new int[layout.bits()];
    for (int r = 0; r < layout.rows(); r++) {
      for (int column = 0; column < layout.columns(); column++) {
        int i = column % TileLayout.CHUNK;
        for (int j = 0; i == 0 && j < chunk.length; j++) {
          chunk[j] = source.getAtIndex(JAVA_INT, layout.word(r, column, j));
        }
        target.set(JAVA_BYTE, (long) r * layout.columns() + column, (byte) layout.code(chunk, i));
      }
    }
    return codes;
  }

  /// The scales again, (rows, groups).
  public Tensor scales() {
    return Scales.plain(scale, layout);
  }

  /// The zeros again, (rows, groups).
  public Tensor zeros() {
    return Scales.plain(zero, layout);
  }

  /// Sizes, and how codes lie in words.
  public TileLayout layout() {
    return layout;
  }

  /// The packed codes, int32 (tiles, groups, words, 64).
  public Tensor words() {
    return words;
  }

  /// The scales in the kernels' order, (tiles, groups, 64).
  public Tensor scale() {
    return scale;
  }

  /// The zeros likewise.
  public Tensor zero() {
    return zero;
  }

  /// The sum of the squares of each row, (rows), float32; a few rows of the weight at a time.
  public Tensor rowSquares() {
    return Grad.off(() -> new RowSquares(this).sums());
  }

  WeightMemory memory() {
    return memory;
  }

  ScaleType scaleType() {
    return memory.scales();
  }

  /// Bytes of words, scales and zeros.
  public long bytes() {
    return words.numel() * DType.INT32.bytes()
        + (scale.numel() + zero.numel()) * scale.dtype().bytes();
  }

  @Override
  public String toString() {
    return "KernelWeight[%d x %d, %d bits, group %d]"
        .formatted(layout.rows(), layout.columns(), layout.bits(), layout.group());
  }

  /// Bits a number of the weight takes, all in.
  public double bitsPerWeight() {
    return 8.0 * bytes() / ((double) layout.rows() * layout.columns());
  }
}
