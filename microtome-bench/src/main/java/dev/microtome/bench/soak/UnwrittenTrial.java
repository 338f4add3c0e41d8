package dev.microtome.bench.soak;

import java.util.List;

/// Runs random graphs in processes where fresh memory is full of one pattern, then of another: a
/// result that shows memory nobody wrote differs.
final class UnwrittenTrial implements Trial {
  private static final String TUNABLES = "glibc.malloc.tcache_count=0:glibc.malloc.perturb=";
  private static final List<Integer> PATTERNS = List.of(0x5A, 0xC3); // glibc writes the complement

  @Override
  public String promise() {
    return "T6";
  }

  @Override
  public String about() {
    return "no result shows memory that was not written";
  }

  @Override
  public Outcome run(Length length) throws Exception {
    int count = length.of(250, 5_000);
    GraphProcess.Runs one = GraphProcess.of(count, 2, TUNABLES + PATTERNS.getFirst());
    GraphProcess.Runs other = GraphProcess.of(count, 2, TUNABLES + PATTERNS.getLast());
    if (one.fresh().equals(other.fresh())) {
      return new Outcome(true, "not tried: this C library does not fill fresh memory");
    }
    int compared = 0;
    int different = 0;
    for (int i = 0; i < count; i++) {
      if (one.lines().get(i).startsWith("ran")) {
        compared++;
        different += hash(one.lines().get(i)).equals(hash(other.lines().get(i))) ? 0 : 1;
      }
    }
    return new Outcome(
        compared > 0 && different == 0 && one.died() + other.died() == 0,
        "%d random graphs, %d results compared under two patterns of fresh memory, %d different"
            .formatted(count, compared, different));
  }

  private static String hash(String line) {
    return line.substring(line.lastIndexOf(' ') + 1);
  }
}
