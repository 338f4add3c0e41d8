package dev.microtome.models.tokenizer;

import java.util.Arrays;

/// A word while it is merged: a doubly linked list of symbols in arrays, and a heap of the merges
/// that are possible, lowest rank first and leftmost first within a rank. A word of n symbols takes
/// n log n steps, whatever it looks like.
final class Word {
  private int[] ids;
  private int[] lengths;
  private int[] previous = {};
  private int[] next = {};
  private long[] heap = {};
  private int heaped;
  private int size;

  Word(int expected) {
    ids = new int[Math.max(expected, 4)];
    lengths = new int[Math.max(expected, 4)];
  }

  /// A symbol and the UTF-8 bytes of text it stands for.
  void add(int id, int length) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, size * 2);
      lengths = Arrays.copyOf(lengths, size * 2);
    }
    ids[size] = id;
    lengths[size++] = length;
  }

  int size() {
    return size;
  }

  int id(int index) {
    return ids[index];
  }

  int length(int index) {
    return lengths[index];
  }

  /// Merges until nothing more can be, and lets go of what only merging needs.
  Word mergeAll(MergeTable merges) {
    if (size > 1) {
      link();
      for (int i = 0; i + 1 < size; i++) {
        offer(merges, i);
      }
      while (heaped > 0) {
        long top = poll();
        merge(merges, (int) top, (int) (top >>> 32));
      }
      compact();
    }
    ids = Arrays.copyOf(ids, size);
    lengths = Arrays.copyOf(lengths, size);
    previous = new int[0];
    next = previous;
    heap = new long[0];
    return this;
  }

  private void link() {
    previous = new int[size];
    next = new int[size];
    heap = new long[size + 8];
    for (int i = 0; i < size; i++) {
      previous[i] = i - 1;
      next[i] = i + 1;
    }
  }

  private void merge(MergeTable merges, int left, int rank) {
    if (ids[left] < 0 || next[left] >= size) {
      return;
    }
    int right = next[left];
    int found = merges.find(ids[left], ids[right]);
    if (found < 0 || merges.rank(found) != rank) {
      return; // one of the two has been merged with another since
    }
    ids[left] = merges.result(found);
    lengths[left] += lengths[right];
    ids[right] = -1;
    next[left] = next[right];
    if (next[left] < size) {
      previous[next[left]] = left;
    }
    if (previous[left] >= 0) {
      offer(merges, previous[left]);
    }
    offer(merges, left);
  }

  private void compact() {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (ids[i] >= 0) {
        ids[kept] = ids[i];
        lengths[kept++] = lengths[i];
      }
    }
    size = kept;
  }

  private void offer(MergeTable merges, int left) {
    if (next[left] >= size) {
      return;
    }
    int found = merges.find(ids[left], ids[next[left]]);
    if (found < 0) {
      return;
    }
    if (heaped == heap.length) {
      heap = Arrays.copyOf(heap, heaped * 2);
    }
    long entry = ((long) merges.rank(found) << 32) | left;
    int at = heaped++;
    while (at > 0 && heap[(at - 1) >> 1] > entry) {
      heap[at] = heap[(at - 1) >> 1];
      at = (at - 1) >> 1;
    }
    heap[at] = entry;
  }

  private long poll() {
    long top = heap[0];
    long last = heap[--heaped];
    int at = 0;
    for (int child = 1; child < heaped; child = 2 * at + 1) {
      if (child + 1 < heaped && heap[child + 1] < heap[child]) {
        child++;
      }
      if (heap[child] >= last) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
