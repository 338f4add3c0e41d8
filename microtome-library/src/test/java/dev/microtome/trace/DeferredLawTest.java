package dev.microtome.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.nn.Layer;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Values;
import dev.microtome.testkit.VocabularySamples;
import dev.microtome.testkit.VocabularySamples.Sample;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every operation of the vocabulary gives in a trace what it gives at once, and its node survives
/// being written as JSON and read again.
class DeferredLawTest {
  static Stream<Sample> operations() {
    return VocabularySamples.all()
        .filter(sample -> !sample.isCreation() && !sample.signature().startsWith("empty"));
  }

  private static final class Echo extends Layer<List<Tensor>, List<Tensor>> {
    @Override
    protected List<Tensor> forward(List<Tensor> input) {
      return input;
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void deferred_equals_eager_and_json_is_the_identity(Sample sample) {
    Object eager = sample.apply(x -> x);
    var model = Model.of(new Echo());
    var graph = new Graph[1];

    Object deferred =
        model.trace(
            fresh(sample),
            t -> {
              graph[0] = t.graph();
              Iterator<Tensor> passing = t.at(model.network()).output().iterator();
              return sample.apply(_ -> passing.next());
            });
    same(eager, deferred, sample);

    GraphJson.Written written = GraphJson.write(graph[0]);
    Graph read = GraphJson.read(written);
    assertThat(GraphJson.write(read).json()).isEqualTo(written.json());
    same(eager, List.copyOf(model.run(read, fresh(sample)).values()), sample);
  }

  private static List<Tensor> fresh(Sample sample) {
    var inputs = new ArrayList<Tensor>();
    sample.apply(x -> {
      inputs.add(x.copy());
      return x;
    });
    return inputs;
  }

  private static void same(@Nullable Object expected, @Nullable Object actual, Sample sample) {
    List<Tensor> want = Values.tensors(expected);
    List<Tensor> have = Values.tensors(actual);
    assertThat(have).hasSameSizeAs(want);
    for (int i = 0; i < want.size(); i++) {
      assertThat(have.get(i).shape()).isEqualTo(want.get(i).shape());
      assertThat(have.get(i).dtype()).isEqualTo(want.get(i).dtype());
      if (!sample.isRandom()) {
        assertThat(have.get(i).toDoubles()).containsExactly(want.get(i).toDoubles());
      }
    }
  }
}
