package dev.microtome.lowbit.kernel;

import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;

/// Writes the instructions of one kernel: calls of the Vector API on a stack, as in
/// `code.load(word).load(mask).and().toFloats().store(q)`.
///
/// Why instructions are written and not Java: HotSpot turns a Vector API call into one machine
/// instruction only where the whole loop body was inlined, which methods shared between kernels are
/// not; the alternative to writing them here is the same text dozens of times, once per number of
/// bits and of rows. The loops add a step HotSpot can't know ([#loop]): it then neither unrolls
/// them, which spills registers, nor splits them for range checks.
///
/// A vector that a loop carries from turn to turn is best an argument of the operation that renews
/// it, not what the operation is called on: of that HotSpot must know the class, which for such a
/// vector follows from the operation itself. Where no profile helps it stays a call, twenty times
/// as slow.
///
/// Nothing here names a class of the module `jdk.incubator.vector` to the Java compiler, so the
/// library loads without it.
final class VectorCode {
  private static final String VECTORS = "jdk.incubator.vector.";
  private static final ClassDesc VECTOR = ClassDesc.of(VECTORS + "Vector");
  private static final ClassDesc SPECIES = ClassDesc.of(VECTORS + "VectorSpecies");
  private static final ClassDesc OPERATORS = ClassDesc.of(VECTORS + "VectorOperators");
  private static final ClassDesc BINARY = OPERATORS.nested("Binary");
  private static final ClassDesc CONVERSION = OPERATORS.nested("Conversion");
  private static final ClassDesc SEGMENT = ClassDesc.of("java.lang.foreign.MemorySegment");
  private static final ClassDesc VALUE_LAYOUT = ClassDesc.of("java.lang.foreign.ValueLayout");
  private static final ClassDesc FLOAT_LAYOUT = VALUE_LAYOUT.nested("OfFloat");
  private static final ClassDesc ORDER = ClassDesc.of("java.nio.ByteOrder");
  private static final ClassDesc MEMORY = Memory.class.describeConstable().orElseThrow();

  /// The vector types kernels use.
  enum Type {
    INT("Int", CD_int),
    FLOAT("Float", CD_float),
    SHORT("Short", java.lang.constant.ConstantDescs.CD_short);

    private final ClassDesc vector;
    private final ClassDesc element;

    Type(String name, ClassDesc element) {
      vector = ClassDesc.of(VECTORS + name + "Vector");
      this.element = element;
    }
  }

  private final CodeBuilder code;
  private final int vectorBits;

  VectorCode(CodeBuilder code, int vectorBits) {
    this.code = code;
    this.vectorBits = vectorBits;
  }

  CodeBuilder raw() {
    return code;
  }

  int parameter(int index) {
    return code.parameterSlot(index);
  }

  int vector() {
    return code.allocateLocal(TypeKind.REFERENCE);
  }

  int[] vectors(int count) {
    int[] slots = new int[count];
    for (int i = 0; i < count; i++) {
      slots[i] = vector();
    }
    return slots;
  }

  int longLocal() {
    return code.allocateLocal(TypeKind.LONG);
  }

  int intLocal() {
    return code.allocateLocal(TypeKind.INT);
  }

  VectorCode load(int vector) {
    code.aload(vector);
    return this;
  }

  void store(int vector) {
    code.astore(vector);
  }

  private VectorCode species(Type type) {
    code.getstatic(type.vector, "SPECIES_" + vectorBits, SPECIES);
    return this;
  }

  private VectorCode operator(String name, ClassDesc kind) {
    code.getstatic(OPERATORS, name, kind);
    return this;
  }

  private VectorCode address(int base, long offset) {
    code.lload(base);
    if (offset != 0) {
      code.loadConstant(offset).ladd();
    }
    return this;
  }

  /// Pushes the vector at the address in local `base` plus `offset`.
  VectorCode read(Type type, int base, long offset) {
    species(type);
    code.getstatic(MEMORY, "ALL", SEGMENT);
    address(base, offset);
    code.getstatic(ORDER, "LITTLE_ENDIAN", ORDER);
    code.invokestatic(
        type.vector,
        "fromMemorySegment",
        MethodTypeDesc.of(type.vector, SPECIES, SEGMENT, CD_long, ORDER));
    return this;
  }

  /// Pops a vector and writes it.
  void write(Type type, int base, long offset) {
    code.getstatic(MEMORY, "ALL", SEGMENT);
    address(base, offset);
    code.getstatic(ORDER, "LITTLE_ENDIAN", ORDER);
    code.invokevirtual(
        type.vector,
        "intoMemorySegment",
        MethodTypeDesc.of(java.lang.constant.ConstantDescs.CD_void, SEGMENT, CD_long, ORDER));
  }

  /// Pops a number of the element type, pushes a vector of it.
  VectorCode broadcast(Type type) {
    int number = code.allocateLocal(TypeKind.from(type.element));
    code.storeLocal(TypeKind.from(type.element), number);
    species(type);
    code.loadLocal(TypeKind.from(type.element), number);
    code.invokestatic(
        type.vector, "broadcast", MethodTypeDesc.of(type.vector, SPECIES, type.element));
    return this;
  }

  /// Pushes a vector of a constant.
  VectorCode constant(Type type, float value) {
    species(type);
    if (type == Type.FLOAT) {
      code.loadConstant(value);
    } else {
      code.loadConstant((int) value);
    }
    code.invokestatic(
        type.vector, "broadcast", MethodTypeDesc.of(type.vector, SPECIES, type.element));
    return this;
  }

  /// Pushes a vector of `bits`.
  VectorCode bits(int bits) {
    species(Type.INT);
    code.loadConstant(bits);
    code.invokestatic(
        Type.INT.vector, "broadcast", MethodTypeDesc.of(Type.INT.vector, SPECIES, CD_int));
    return this;
  }

  VectorCode zero(Type type) {
    species(type);
    code.invokestatic(type.vector, "zero", MethodTypeDesc.of(type.vector, SPECIES));
    return this;
  }

  /// Pushes a vector of ints whose bits are all set in the lanes whose number has `bit`, or in the
  /// others, and none in the rest.
  VectorCode lanesWith(int bit, boolean has) {
    if (has) {
      zero(Type.INT);
    }
    zero(Type.INT);
    code.iconst_1();
    code.invokevirtual(Type.INT.vector, "addIndex", MethodTypeDesc.of(Type.INT.vector, CD_int));
    shiftRight(Type.INT, Integer.numberOfTrailingZeros(bit)).bits(1).and();
    return has ? sub(Type.INT) : bits(-1).add(Type.INT);
  }

  /// Pushes a vector of `array[index + offset]`.
  VectorCode broadcastElement(int array, int index, int offset) {
    species(Type.FLOAT);
    code.aload(array).iload(index);
    if (offset != 0) {
      code.loadConstant(offset).iadd();
    }
    code.faload();
    code.invokestatic(
        Type.FLOAT.vector, "broadcast", MethodTypeDesc.of(Type.FLOAT.vector, SPECIES, CD_float));
    return this;
  }

  /// Pushes a vector of the float at the sum of the addresses in locals `base` and `offset`; no
  /// offset where that is 0.
  VectorCode broadcastNumber(int base, int offset) {
    species(Type.FLOAT);
    code.getstatic(MEMORY, "ALL", SEGMENT);
    code.getstatic(VALUE_LAYOUT, "JAVA_FLOAT_UNALIGNED", FLOAT_LAYOUT);
    code.lload(base);
    if (offset != 0) {
      code.lload(offset).ladd();
    }
    code.invokeinterface(SEGMENT, "get", MethodTypeDesc.of(CD_float, FLOAT_LAYOUT, CD_long));
    code.invokestatic(
        Type.FLOAT.vector, "broadcast", MethodTypeDesc.of(Type.FLOAT.vector, SPECIES, CD_float));
    return this;
  }

  private VectorCode binary(Type type, String name) {
    code.invokevirtual(type.vector, name, MethodTypeDesc.of(type.vector, VECTOR));
    return this;
  }

  VectorCode and() {
    return binary(Type.INT, "and");
  }

  VectorCode or() {
    return binary(Type.INT, "or");
  }

  VectorCode xor() {
    int other = vector();
    store(other);
    operator("XOR", OPERATORS.nested("Associative")).load(other);
    code.invokevirtual(
        Type.INT.vector, "lanewise", MethodTypeDesc.of(Type.INT.vector, BINARY, VECTOR));
    return this;
  }

  VectorCode add(Type type) {
    return binary(type, "add");
  }

  VectorCode sub(Type type) {
    return binary(type, "sub");
  }

  VectorCode mul(Type type) {
    return binary(type, "mul");
  }

  /// `index, table → table[index]`, lane by lane.
  VectorCode selectFrom(Type type) {
    return binary(type, "selectFrom");
  }

  /// `a, b, c → a * b + c`, rounded once.
  VectorCode fma() {
    code.invokevirtual(
        Type.FLOAT.vector, "fma", MethodTypeDesc.of(Type.FLOAT.vector, VECTOR, VECTOR));
    return this;
  }

  VectorCode neg() {
    code.invokevirtual(Type.FLOAT.vector, "neg", MethodTypeDesc.of(Type.FLOAT.vector));
    return this;
  }

  VectorCode shiftRight(Type type, int places) {
    return shift(type, "LSHR", places);
  }

  VectorCode shiftRightSigned(Type type, int places) {
    return shift(type, "ASHR", places);
  }

  VectorCode shiftLeft(Type type, int places) {
    return shift(type, "LSHL", places);
  }

  private VectorCode shift(Type type, String operator, int places) {
    if (places == 0) {
      return this;
    }
    operator(operator, BINARY);
    code.loadConstant(places);
    code.invokevirtual(
        type.vector, "lanewise", MethodTypeDesc.of(type.vector, BINARY, type.element));
    return this;
  }

  /// The nearest float of each int.
  VectorCode toFloats() {
    operator("I2F", CONVERSION);
    code.iconst_0();
    code.invokevirtual(Type.INT.vector, "convert", MethodTypeDesc.of(VECTOR, CONVERSION, CD_int));
    code.checkcast(Type.FLOAT.vector);
    return this;
  }

  VectorCode asFloats(Type type) {
    return reinterpret(type, Type.FLOAT, "reinterpretAsFloats");
  }

  VectorCode asInts(Type type) {
    return reinterpret(type, Type.INT, "reinterpretAsInts");
  }

  VectorCode asShorts() {
    return reinterpret(Type.INT, Type.SHORT, "reinterpretAsShorts");
  }

  private VectorCode reinterpret(Type from, Type to, String name) {
    code.invokevirtual(from.vector, name, MethodTypeDesc.of(to.vector));
    return this;
  }

  /// `base += constant`
  void advance(int base, long bytes) {
    code.lload(base).loadConstant(bytes).ladd().lstore(base);
  }

  /// `base += other`
  void advanceBy(int base, int other) {
    code.lload(base).lload(other).ladd().lstore(base);
  }

  void increment(int index, int by) {
    code.iload(index).loadConstant(by).iadd().istore(index);
  }

  /// `for (int i = 0; i < limit; i += one) body`, where the local `one` holds 1 and HotSpot can't
  /// know it.
  void loop(int limit, int one, Runnable body) {
    int counter = intLocal();
    Label top = code.newLabel();
    Label end = code.newLabel();
    code.iconst_0().istore(counter);
    code.labelBinding(top);
    code.iload(counter).iload(limit).if_icmpge(end);
    body.run();
    code.iload(counter).iload(one).iadd().istore(counter);
    code.goto_(top);
    code.labelBinding(end);
  }

  /// [#loop] of a known number of turns.
  void times(int count, int one, Runnable body) {
    int fixed = intLocal();
    code.loadConstant(count).istore(fixed);
    loop(fixed, one, body);
  }
}
