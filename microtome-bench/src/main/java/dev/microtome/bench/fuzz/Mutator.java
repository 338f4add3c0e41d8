package dev.microtome.bench.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/// Changes bytes the way broken and hostile files are changed: bits and bytes, pieces left out,
/// doubled or taken from elsewhere, numbers at the edge of their range, brackets in heaps.
public final class Mutator {
  private static final int LONGEST = 1 << 20;
  private static final int MOST_CHANGES = 6;
  private static final List<byte[]> WORDS =
      List.of(
          text("-1"),
          text("0"),
          text("2147483648"),
          text("9223372036854775807"),
          text("18446744073709551616"),
          text("1e400"),
          text("-0.0"),
          text("null"),
          text("true"),
          text("[]"),
          text("{}"),
          text("\"\""),
          text("\\u0000"),
          text("\ud83d\ude00"),
          text("../"),
          text("["),
          text("{\"a\":"),
          new byte[] {-1, -1, -1, -1},
          new byte[] {0, 0, 0, 0},
          new byte[] {-1, -1, -1, 127});

  private final RandomGenerator random;
  private final List<byte[]> words;

  /// @param more words of what is broken, beside those that any text has
  public Mutator(RandomGenerator random, String... more) {
    this.random = random;
    this.words = new ArrayList<>(WORDS);
    Arrays.stream(more).map(Mutator::text).forEach(words::add);
  }

  private static byte[] text(String word) {
    return word.getBytes(StandardCharsets.UTF_8);
  }

  /// A changed copy of one of `seeds`.
  public byte[] next(List<byte[]> seeds) {
    byte[] input = seeds.get(random.nextInt(seeds.size())).clone();
    int changes = 1 + random.nextInt(MOST_CHANGES);
    for (int i = 0; i < changes; i++) {
      input = changed(input, seeds);
    }
    return input.length > LONGEST ? Arrays.copyOf(input, LONGEST) : input;
  }

  private byte[] changed(byte[] input, List<byte[]> seeds) {
    if (input.length == 0) {
      return text("{");
    }
    int at = random.nextInt(input.length);
    int end = Math.min(input.length, at + 1 + random.nextInt(16));
    return switch (random.nextInt(8)) {
      case 0 -> flipped(input, at);
      case 1 -> spliced(input, at, at + 1, new byte[] {(byte) random.nextInt(256)});
      case 2 -> spliced(input, at, end, new byte[0]);
      case 3 -> spliced(input, at, at, Arrays.copyOfRange(input, at, end));
      case 4 -> spliced(input, at, at, word());
      case 5 -> spliced(input, at, end, word());
      case 6 -> Arrays.copyOf(input, at);
      default -> spliced(input, at, end, piece(seeds));
    };
  }

  private byte[] word() {
    return words.get(random.nextInt(words.size()));
  }

  private byte[] flipped(byte[] input, int at) {
    input[at] ^= (byte) (1 << random.nextInt(8));
    return input;
  }

  private byte[] piece(List<byte[]> seeds) {
    byte[] other = seeds.get(random.nextInt(seeds.size()));
    int from = random.nextInt(Math.max(1, other.length));
    return Arrays.copyOfRange(other, from, Math.min(other.length, from + 1 + random.nextInt(64)));
  }

  private static byte[] spliced(byte[] input, int from, int to, byte[] between) {
    byte[] result = new byte[input.length - (to - from) + between.length];
    System.arraycopy(input, 0, result, 0, from);
    System.arraycopy(between, 0, result, from, between.length);
    System.arraycopy(input, to, result, from + between.length, input.length - to);
    return result;
  }
}
