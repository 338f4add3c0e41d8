package dev.microtome.server.worker;

import dev.microtome.models.TokenRun;
import dev.microtome.trace.Copies;
import dev.microtome.trace.Graph;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// Which jobs share a run of the network, and how their graphs become one and their results come
/// apart again.
final class Sharing {
  /// More padding than this share of the tokens is not worth it.
  private static final double MOST_PADDING = 0.25;

  private Sharing() {}

  /// Groups in which jobs may run side by side: alike in adapter and gradients, prompts of like
  /// length. Those that can't share are alone.
  static List<List<Task>> groups(List<Task> tasks) {
    var groups = new ArrayList<List<Task>>();
    List<Task> sharable =
        tasks.stream()
            .filter(Task::isSharable)
            .sorted(Comparator.comparingInt(Task::tokens))
            .toList();
    for (Task task : sharable) {
      List<Task> last = groups.isEmpty() ? List.of() : groups.getLast();
      if (!last.isEmpty() && fits(last, task)) {
        last.add(task);
      } else {
        groups.add(new ArrayList<>(List.of(task)));
      }
    }
    tasks.stream().filter(task -> !task.isSharable()).map(List::of).forEach(groups::add);
    return groups;
  }

  private static boolean fits(List<Task> group, Task next) {
    Task first = group.getFirst();
    int own = group.stream().mapToInt(Task::tokens).sum() + next.tokens();
    int padded = (group.size() + 1) * next.tokens();
    return Objects.equals(first.adapter(), next.adapter())
        && first.runs().getFirst().gradients() == next.runs().getFirst().gradients()
        && padded - own <= MOST_PADDING * own;
  }

  /// All graphs in one run, each with its own rows.
  static TokenRun joined(List<Task> group) {
    List<TokenRun> runs = group.stream().map(task -> task.runs().getFirst()).toList();
    return new TokenRun(
        Copies.of(runs.stream().map(TokenRun::graph).toList()),
        runs.stream().map(run -> run.prompts().getFirst()).toList(),
        true,
        null,
        new Graph(),
        runs.getFirst().gradients());
  }

  /// What each job of the group saved.
  static List<Map<Integer, Object>> apart(List<Task> group, Map<Integer, Object> saved) {
    var results = new ArrayList<Map<Integer, Object>>();
    int begin = 0;
    for (Task task : group) {
      int from = begin;
      int end = begin + task.runs().getFirst().graph().size();
      Map<Integer, Object> own = new LinkedHashMap<>();
      saved.forEach((node, value) -> {
        if (node >= from && node < end) {
          own.put(node - from, value);
        }
      });
      results.add(own);
      begin = end;
    }
    return results;
  }
}
