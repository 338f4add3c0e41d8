package dev.microtome.lowbit.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Each vector kernel against its scalar twin, for every number of bits, every type of scale, and
/// every size of vector.
class KernelTwinTest {
  private static final int ROWS = 128;
  private static final int COLUMNS = 192;
  private static final int GROUP = 64;
  private static final int GROUPS = COLUMNS / GROUP;
  private static final int[] VECTOR_BITS = {128, 256, 512};

  @Test
  void there_are_vector_kernels_here() {
    assertThat(Kernels.available()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8})
  void the_forward_product(int bits) {
    for (ScaleType scales : ScaleType.values()) {
      KernelWeight weight = weight(bits, scales);
      for (int vectorBits : VECTOR_BITS) {
        int most = scales == ScaleType.FLOAT16 ? ForwardCode.mostRows(vectorBits / 32) : 1;
        for (int rows = 1; rows <= most; rows += Math.max(1, most - 1)) {
          forward(weight, vectorBits, rows);
        }
      }
    }
  }

  private static void forward(KernelWeight weight, int vectorBits, int rows) {
    TileLayout layout = weight.layout();
    ScaleType scales = weight.scaleType();
    ForwardKernel kernel =
        KernelCode.make(
            ForwardKernel.class,
            "Forward",
            vectorBits,
            code -> ForwardCode.write(code, layout, scales, rows, vectorBits / 32));
    float[] x = random(rows * COLUMNS);
    float[] sums = random(rows * GROUPS);
    float[] vector = run(kernel, weight, x, sums, rows);
    float[] scalar = run(new ScalarForward(layout, scales, rows), weight, x, sums, rows);
    assertThat(vector).containsExactly(scalar, within(2e-5f * largest(scalar)));
  }

  private static float[] run(
      ForwardKernel kernel, KernelWeight weight, float[] x, float[] sums, int rows) {
    WeightMemory memory = weight.memory();
    try (var arena = Arena.ofConfined()) {
      MemorySegment y = arena.allocate(4L * rows * ROWS, 64);
      y.fill((byte) 0);
      kernel.run(
          memory.words(0, 0),
          memory.scale(0, 0),
          memory.zero(0, 0),
          x,
          sums,
          0,
          0,
          y.address(),
          4L * ROWS,
          ROWS / 64,
          GROUPS,
          GROUP / 32,
          256,
          1);
      return y.toArray(JAVA_FLOAT);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8})
  void the_backward_product(int bits) {
    for (ScaleType scales : ScaleType.values()) {
      KernelWeight weight = weight(bits, scales);
      for (int vectorBits : VECTOR_BITS) {
        int most =
            scales == ScaleType.BFLOAT16
                ? BackwardCode.mostRows(vectorBits / 32, weight.layout())
                : 1;
        for (int rows = 1; rows <= most; rows += Math.max(1, most - 1)) {
          backward(weight, vectorBits, rows);
        }
      }
    }
  }

  private static void backward(KernelWeight weight, int vectorBits, int rows) {
    TileLayout layout = weight.layout();
    ScaleType scales = weight.scaleType();
    int lanes = vectorBits / 32;
    BackwardKernel kernel =
        KernelCode.make(
            BackwardKernel.class,
            "Backward",
            vectorBits,
            code -> BackwardCode.write(code, layout, scales, rows, lanes));
    LaneSums laneSums =
        KernelCode.make(
            LaneSums.class, "LaneSums", vectorBits, code -> LaneSums.write(code, lanes));
    float[] dy = random(rows * ROWS);
    float[] vector = run(kernel, laneSums, weight, dy, rows, lanes);
    float[] scalar =
        run(new ScalarBackward(layout, scales, rows), LaneSums::scalar, weight, dy, rows, 1);
    assertThat(vector).containsExactly(scalar, within(2e-5f * largest(scalar)));
  }

  private static float[] run(
      BackwardKernel kernel,
      LaneSums laneSums,
      KernelWeight weight,
      float[] dy,
      int rows,
      int lanes) {
    WeightMemory memory = weight.memory();
    int blocks = Math.ceilDiv(COLUMNS + GROUPS, lanes);
    long step = 4L * lanes * rows;
    try (var arena = Arena.ofConfined()) {
      long vectors = arena.allocate(step * lanes * blocks + LaneSums.BEYOND, 64).address();
      kernel.run(
          memory.words(0, 0),
          memory.scale(0, 0),
          memory.zero(0, 0),
          arena.allocateFrom(JAVA_FLOAT, dy).address(),
          4L * ROWS,
          arena.allocate(4L * rows * ROWS, 64).address(),
          vectors,
          vectors + step * COLUMNS,
          ROWS / 64,
          weight.layout().groupBytes() * GROUPS,
          (long) weight.scaleType().groupBytes() * GROUPS,
          GROUPS,
          GROUP / 32,
          256,
          1);
      MemorySegment dx = arena.allocate(4L * rows * COLUMNS, 64);
      long sums = arena.allocate(4L * lanes * blocks, 64).address();
      for (int row = 0; row < rows; row++) {
        laneSums.run(
            vectors + 4L * lanes * row,
            step,
            sums,
            sums + 4L * COLUMNS,
            arena.allocateFrom(JAVA_FLOAT, weight.layout().factors()).address(),
            dx.address() + 4L * COLUMNS * row,
            blocks,
            GROUPS,
            GROUP / 32,
            1);
      }
      return dx.toArray(JAVA_FLOAT);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8})
  void writing_the_numbers_out(int bits) {
    for (ScaleType scales : ScaleType.values()) {
      KernelWeight weight = weight(bits, scales);
      for (PieceForm form : EnumSet.complementOf(EnumSet.of(PieceForm.CODES))) {
        var twin = new ScalarDequantize(weight.layout(), scales, form);
        long column = form == PieceForm.ROW_PAIRS ? 2 * 64 : 4 * 64;
        byte[] expected = run(twin, weight, column);
        for (int vectorBits : VECTOR_BITS) {
          DequantizeKernel kernel =
              KernelCode.make(
                  DequantizeKernel.class,
                  "Dequantize",
                  vectorBits,
                  code ->
                      DequantizeCode.write(code, weight.layout(), scales, form, vectorBits / 32));
          assertThat(run(kernel, weight, column)).isEqualTo(expected);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 8})
  void writing_the_codes_out(int bits) {
    KernelWeight weight = weight(bits, ScaleType.FLOAT16);
    TileLayout layout = weight.layout();
    byte[] expected = run(new ScalarQuads(layout), weight, 256);
    for (int vectorBits : VECTOR_BITS) {
      DequantizeKernel kernel =
          KernelCode.make(
              DequantizeKernel.class,
              "Quads",
              vectorBits,
              code -> QuadCode.write(code, layout, ScaleType.FLOAT16, vectorBits / 32));
      assertThat(run(kernel, weight, 256)).isEqualTo(expected);
    }
  }

  /// The second tile's last two groups.
  private static byte[] run(DequantizeKernel kernel, KernelWeight weight, long column) {
    WeightMemory memory = weight.memory();
    int columns = 2 * GROUP;
    try (var arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(4L * 64 * columns, 64);
      kernel.run(
          memory.words(1, 1),
          memory.scale(1, 1),
          memory.zero(1, 1),
          out.address(),
          column,
          2,
          GROUP / 32,
          256,
          1);
      return out.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 8})
  void products_from_integer_sums(int bits) {
    for (ScaleType scales : ScaleType.values()) {
      KernelWeight weight = weight(bits, scales);
      TileLayout layout = weight.layout();
      float[] scalar = run(new ScalarIntegerSums(layout, scales), weight);
      for (int vectorBits : VECTOR_BITS) {
        IntegerSumsKernel kernel =
            KernelCode.make(
                IntegerSumsKernel.class,
                "IntegerSums",
                vectorBits,
                code -> IntegerSumsCode.write(code, layout, scales, vectorBits / 32));
        assertThat(run(kernel, weight)).containsExactly(scalar, within(1e-5f * largest(scalar)));
      }
    }
  }

  /// Three rows, with the scales of the second tile's last two groups.
  private static float[] run(IntegerSumsKernel kernel, KernelWeight weight) {
    int rows = 3;
    var random = new Random(1);
    try (var arena = Arena.ofConfined()) {
      int ofGroup = 64 * (rows + 1);
      MemorySegment sums = arena.allocate(4L * 2 * ofGroup, 64);
      for (int i = 0; i < 2 * ofGroup; i++) {
        int most = i % ofGroup < 64 * rows ? 1 << 17 : 1 << 9;
        sums.setAtIndex(ValueLayout.JAVA_INT, i, random.nextInt(most));
      }
      MemorySegment y = arena.allocateFrom(JAVA_FLOAT, random(64 * rows));
      WeightMemory memory = weight.memory();
      kernel.run(
          sums.address(),
          memory.scale(1, 1),
          memory.zero(1, 1),
          random(2 * rows + 1),
          random(2 * rows + 1),
          1,
          y.address(),
          rows,
          2,
          1);
      return y.toArray(JAVA_FLOAT);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void the_product_by_lookups(int bits) {
    for (ScaleType scales : ScaleType.values()) {
      KernelWeight weight = weight(bits, scales);
      for (int rows : new int[] {1, 4}) {
        LookupKernel kernel =
            KernelCode.make(
                LookupKernel.class,
                "Lookup",
                512,
                code -> LookupCode.write(code, weight.layout(), scales, rows));
        try (var arena = Arena.ofConfined()) {
          MemorySegment x = arena.allocateFrom(JAVA_FLOAT, random(rows * COLUMNS));
          LookupTables tables = LookupTables.of(x, rows, weight.layout());
          float[] vector = run(kernel, weight, tables, rows);
          float[] scalar =
              run(new ScalarLookup(weight.layout(), scales, rows), weight, tables, rows);
          assertThat(vector).containsExactly(scalar, within(1e-6f * largest(scalar)));
        }
      }
    }
  }

  private static float[] run(
      LookupKernel kernel, KernelWeight weight, LookupTables tables, int rows) {
    WeightMemory memory = weight.memory();
    try (var arena = Arena.ofConfined()) {
      MemorySegment y = arena.allocate(4L * rows * ROWS, 64);
      y.fill((byte) 0);
      kernel.run(
          memory.words(0, 0),
          memory.scale(0, 0),
          memory.zero(0, 0),
          tables.tables().address(),
          tables.units(),
          tables.sums(),
          0,
          y.address(),
          4L * ROWS,
          ROWS / 64,
          GROUPS,
          GROUP / 32,
          256,
          1);
      return y.toArray(JAVA_FLOAT);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void the_tables_of_lookups(int bits) {
    TileLayout layout = weight(bits, ScaleType.FLOAT32).layout();
    int lookups = COLUMNS / 32 * LookupTables.inChunk(bits);
    float[] x = random(COLUMNS);
    for (int i = 0; i < x.length; i++) {
      x[i] *= 1000;
    }
    try (var arena = Arena.ofConfined()) {
      MemorySegment vector = arena.allocate(64L * lookups, 64);
      MemorySegment scalar = arena.allocate(64L * lookups, 64);
      long patterns = LookupTables.patterns(layout.bits());
      Kernels.lookupTables(layout).run(x, vector.address(), 64, patterns, lookups, 1);
      LookupTableKernel.scalar(bits).run(x, scalar.address(), 64, patterns, lookups, 1);
      short[] expected = scalar.toArray(JAVA_SHORT);
      short[] actual = vector.toArray(JAVA_SHORT);
      for (int i = 0; i < expected.length; i++) {
        assertThat((int) actual[i]).isCloseTo(expected[i], within(1)); // a half may round elsewhere
      }
    }
  }

  @Test
  void products_of_panels() {
    for (int vectorBits : VECTOR_BITS) {
      int lanes = vectorBits / 32;
      for (int rows = 1; rows <= PanelCode.MOST_ROWS; rows++) {
        int few = rows;
        int vectors = PanelCode.mostVectors(lanes);
        PanelKernel kernel =
            KernelCode.make(
                PanelKernel.class,
                "Panel",
                vectorBits,
                code -> PanelCode.write(code, few, vectors, lanes));
        float[] vector = panel(kernel, few);
        assertThat(vector).isEqualTo(panel(new ScalarPanel(few, vectors * lanes), few));
      }
    }
  }

  /// Sums of 50 products each, in the first columns of 64.
  private static float[] panel(PanelKernel kernel, int rows) {
    var random = new Random(3);
    try (var arena = Arena.ofConfined()) {
      MemorySegment s = arena.allocate(4L * rows * 50, 64);
      MemorySegment v = arena.allocate(4L * 64 * 50, 64);
      MemorySegment c = arena.allocate(4L * 64 * rows, 64);
      for (MemorySegment each : new MemorySegment[] {s, v, c}) {
        for (long i = 0; i < each.byteSize() / 4; i++) {
          each.setAtIndex(JAVA_FLOAT, i, random.nextFloat() - 0.5f);
        }
      }
      kernel.run(s.address(), 200, v.address(), 256, c.address(), 256, 50, 1);
      return c.toArray(JAVA_FLOAT);
    }
  }

  @Test
  void half_precision_is_read_exactly_subnormal_numbers_too() {
    float[] numbers = {1, -2.5f, 65504, -65504, 6e-8f, -3e-5f, 0, 1e-4f, 0.1f};
    Tensor row = Tensor.of(numbers).to(DType.FLOAT16).reshape(numbers.length, 1);
    KernelWeight weight =
        KernelWeight.of(Tensor.ones(numbers.length, 32).to(DType.UINT8), row, row.mul(0), 1);
    for (int vectorBits : VECTOR_BITS) {
      DequantizeKernel kernel =
          KernelCode.make(
              DequantizeKernel.class,
              "Dequantize",
              vectorBits,
              code ->
                  DequantizeCode.write(
                      code,
                      weight.layout(),
                      ScaleType.FLOAT16,
                      PieceForm.NUMBERS,
                      vectorBits / 32));
      try (var arena = Arena.ofConfined()) {
        MemorySegment out = arena.allocate(4L * 64 * 32, 64);
        WeightMemory memory = weight.memory();
        kernel.run(
            memory.words(0, 0),
            memory.scale(0, 0),
            memory.zero(0, 0),
            out.address(),
            256,
            1,
            1,
            256,
            1);
        float[] read = Arrays.copyOf(out.toArray(JAVA_FLOAT), numbers.length);
        assertThat(read).isEqualTo(row.to(DType.FLOAT32).reshape(-1).toFloats());
      }
    }
  }

  private static KernelWeight weight(int bits, ScaleType scales) {
    Torch.manualSeed(bits);
    DType dtype = DType.valueOf(scales.name());
    Tensor codes = Tensor.rand(ROWS, COLUMNS).mul(1 << bits).floor().to(DType.UINT8);
    Tensor scale = Tensor.rand(ROWS, GROUPS).add(0.5).mul(0.02).to(dtype);
    Tensor zero = Tensor.randn(ROWS, GROUPS).add(0.5 * (1 << bits)).to(dtype);
    return KernelWeight.of(codes, scale, zero, bits);
  }

  private static float[] random(int count) {
    var random = new Random(count);
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static float largest(float[] numbers) {
    float largest = 0;
    for (float number : numbers) {
      largest = Math.max(largest, Math.abs(number));
    }
    return largest;
  }
}
