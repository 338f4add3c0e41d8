package dev.microtome.server.work;

import dev.microtome.server.protocol.JobHead;
import dev.microtome.server.protocol.Likeness;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What jobs were found to cost: who hands in the same graph over prompts of the same lengths again
/// does not wait for another look. Each owner has a memory of its own, so that nobody learns from
/// an answer's time what others asked.
public final class CostMemory {
  private static final int MOST = 2_000;

  private final Map<Key, Known> known = new LinkedHashMap<>(16, 0.75f, true);

  private record Key(String owner, String digest) {}

  /// @param highest up to which token id the cost is known to hold
  private record Known(Costing.Cost cost, long highest) {}

  /// The cost of a job, by `look` when it is not known.
  public Costing.Cost of(String owner, JobHead head, Supplier<Costing.Cost> look) {
    Likeness like = head.likeness();
    var key = new Key(owner, like.digest());
    Known before = get(key);
    if (before != null && like.highest() <= before.highest()) {
      return before.cost();
    }
    Costing.Cost cost = look.get();
    put(key, new Known(cost, like.highest()));
    return cost;
  }

  private synchronized @Nullable Known get(Key key) {
    return known.get(key);
  }

  private synchronized void put(Key key, Known found) {
    known.put(key, found);
    if (known.size() > MOST) {
      known.remove(known.keySet().iterator().next());
    }
  }
}
