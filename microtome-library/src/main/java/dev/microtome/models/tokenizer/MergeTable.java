package dev.microtome.models.tokenizer;

import java.util.Arrays;

/// The merges of a BPE model: a pair of ids to its rank and the id the two become. A hash table on
/// primitive longs, for it is asked several times a character.
final class MergeTable {
  private static final long EMPTY = -1;

  private final long[] keys;
  private final int[] ranks;
  private final int[] results;
  private final int mask;

  MergeTable(int merges) {
    int capacity = Integer.highestOneBit(Math.max(merges, 8)) * 4;
    keys = new long[capacity];
    Arrays.fill(keys, EMPTY);
    ranks = new int[capacity];
    results = new int[capacity];
    mask = capacity - 1;
  }

  private static long key(int left, int right) {
    return ((long) left << 32) | right;
  }

  private int slot(long key) {
    long mixed = key * 0x9E3779B97F4A7C15L;
    int at = (int) (mixed >>> 32) & mask;
    while (keys[at] != key && keys[at] != EMPTY) {
      at = (at + 1) & mask;
    }
    return at;
  }

  /// A pair given twice takes the later rank.
  void put(int left, int right, int rank, int result) {
    int at = slot(key(left, right));
    keys[at] = key(left, right);
    ranks[at] = rank;
    results[at] = result;
  }

  /// Where the pair is, or -1; good for [#rank] and [#result].
  int find(int left, int right) {
    int at = slot(key(left, right));
    return keys[at] == EMPTY ? -1 : at;
  }

  int rank(int found) {
    return ranks[found];
  }

  int result(int found) {
    return results[found];
  }
}
