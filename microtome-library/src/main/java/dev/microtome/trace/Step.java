package dev.microtome.trace;

import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a [Node] does: the whole graph language. Arguments are constants and [Ref]s to earlier
/// nodes.
public sealed interface Step {
  /// A reference to the value of node `id`.
  record Ref(int id) {}

  /// The `piece`-th tensor of what passes a site.
  record Argument(Site site, int piece) implements Step {}

  /// The network's parameter or buffer at `path`.
  record Parameter(String path) implements Step {}

  /// Replaces the `piece`-th tensor of what passes a site by `value`, a [Ref] or a tensor.
  record Swap(Site site, int piece, Object value) implements Step {}

  /// Does not run the layer of `site` (an input): its output is `value`, a [Ref] or a tensor.
  record Skip(Site site, Object value) implements Step {}

  /// The gradient that backward pass number `backward` (from 0) sends through the value of `of`.
  record Gradient(Ref of, int backward) implements Step {}

  /// Replaces the gradient read by node `gradient` by `value`, a [Ref] or a tensor.
  record GradientSwap(Ref gradient, Object value) implements Step {}

  /// One of the several results of node `of`.
  record Pick(Ref of, int index) implements Step {}

  /// What passes the layers' inputs and outputs of `sites` at every call, as much as `keep` says.
  record Cache(List<String> paths, boolean inputs, boolean outputs, Keep keep, int invoke)
      implements Step {
    public Cache {
      paths = List.copyOf(paths);
    }

    Site site(Plan.Stop stop, int call) {
      return new Site(stop.path(), stop.place(), call, invoke);
    }
  }

  /// The value of node `node` of trace number `trace` of the same session, an earlier one.
  record Earlier(int trace, int node) implements Step {}

  /// Logs a line: `text` and `values`, each a [Ref] or a tensor.
  record Log(String text, List<Object> values) implements Step {
    public Log {
      values = List.copyOf(values);
      if (text.length() > LogLine.LONGEST) {
        throw new IllegalArgumentException(
            "a logged text has at most %d characters, not %d"
                .formatted(LogLine.LONGEST, text.length()));
      }
    }
  }

  /// Opens the nodes that stand in it when `condition` is `taken`: not zero, or zero.
  record Branch(Ref condition, boolean taken) implements Step {}

  /// `then` when the branch was open, else `otherwise`; each a [Ref] or a tensor.
  record Choose(Ref branch, Object then, Object otherwise) implements Step {}

  /// Runs the nodes that stand in it `times` times, a whole number or a [Ref]. Its value is a list:
  /// how many times it has run, then the state, which begins as `start` and ends as the last [Next]
  /// left it.
  record Repeat(Object times, List<Object> start) implements Step {
    public Repeat {
      start = List.copyOf(start);
    }
  }

  /// Ends one round of `repeat`: `state` is what the next one begins with.
  record Next(Ref repeat, List<Object> state) implements Step {
    public Next {
      state = List.copyOf(state);
    }
  }

  /// An operation of the vocabulary.
  record Call(String op, List<@Nullable Object> args) implements Step {
    /// Whether the operation writes into its first argument, or runs a backward pass.
    boolean hasEffect() {
      return writes() || op.equals("backward");
    }

    boolean writes() {
      return op.equals("setitem") || (op.endsWith("_") && !op.endsWith("__"));
    }

    /// Those of `args` whose memory the operation may change: also what libtorch's schemas do not
    /// tell, the running statistics of a batch norm.
    List<Tensor> written(@Nullable Object[] args) {
      List<@Nullable Object> changed =
          writes()
              ? Arrays.asList(args).subList(0, Math.min(1, args.length))
              : op.equals("aten::batch_norm") ? Arrays.asList(args) : List.of();
      return Values.tensors(changed);
    }
  }
}
