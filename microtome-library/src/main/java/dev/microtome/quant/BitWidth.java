package dev.microtome.quant;

/// How many bits an integer has.
public sealed interface BitWidth {
  /// The most bits a quantizer may have.
  int MOST = 32;

  /// The bits to begin with.
  int bits();

  /// Always the same number, 1 to 32. One bit is a sign: the numbers are −1 and 1.
  record Fixed(int bits) implements BitWidth {
    public Fixed {
      if (bits < 1 || bits > MOST) {
        throw new IllegalArgumentException(
            "a quantizer has 1 to %d bits, not %d".formatted(MOST, bits));
      }
    }

    @Override
    public String toString() {
      return bits == 1 ? "1 bit" : bits + " bits";
    }
  }

  /// A parameter that training changes, at least 2: `b = round(|offset| + 2)`, the offset beginning
  /// at `bits - 2`. [QuantLosses#bitWidth] keeps it small.
  record Learned(int bits) implements BitWidth {
    /// Fewer bits than this are not learned.
    public static final int LEAST = 2;

    public Learned {
      if (bits < LEAST || bits > MOST) {
        throw new IllegalArgumentException(
            "Int bit width has to be at least %d, instead is %d.\nLearned bit widths are %1$d to %d"
                .formatted(LEAST, bits, MOST));
      }
    }

    @Override
    public String toString() {
      return "learned bits, " + bits + " to begin with";
    }
  }
}
