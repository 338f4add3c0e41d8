package dev.microtome.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microtome.tensor.DType;
import dev.microtome.tensor.Device;
import dev.microtome.tensor.Scope;
import dev.microtome.tensor.ShapeOnly;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.tensor.TorchException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerTest {
  private static final Tensor IDS = Tensor.of(new long[][] {{1, 2, 3}});

  @Test
  void a_tree_prints_as_pytorch_prints_it() {
    assertThat(new Nets.Tower().toString())
        .isEqualTo(
            """
            Tower(
              (table): Embedding(7, 4)
              (h): ModuleList(
                (0-2): 3 x Block(
                  (up): Linear(in_features=4, out_features=8, bias=True)
                  (act): GELU(approximate='none')
                  (down): Linear(in_features=8, out_features=4, bias=False)
                )
              )
              (norm): LayerNorm((4,), eps=1e-05, elementwise_affine=True)
              (head): Linear(in_features=4, out_features=7, bias=False)
            )\
            """);
  }

  @Test
  void paths_find_layers_and_a_wrong_one_gets_suggestions() {
    var net = new Nets.Tower();
    assertThat(net.layer("h.1.down")).isSameAs(net.h.get(1).down.get());
    assertThat(net.layer("")).isSameAs(net);
    assertThat(net.namedLayers()).containsKeys("", "h", "h.2", "h.2.act").hasSize(17);
    assertThat(net.slot("h.0.act")).isSameAs(net.h.getFirst().act);
    assertThatExceptionOfType(NoSuchLayerException.class)
        .isThrownBy(() -> net.layer("h.1.dwn"))
        .withMessageStartingWith("there is no layer 'h.1.dwn'; near: h.1.down");
    assertThatExceptionOfType(NoSuchLayerException.class).isThrownBy(() -> net.slot("h.1"));
  }

  @Test
  void tied_parameters_count_once_and_are_saved_under_both_names() {
    var net = new Nets.Tower();
    assertThat(net.namedParameters()).containsKey("table.weight").doesNotContainKey("head.weight");
    assertThat(net.stateDict().keySet())
        .startsWith("table.weight", "h.0.up.weight", "h.0.up.bias", "h.0.down.weight")
        .endsWith("norm.weight", "norm.bias", "head.weight");
    assertThat(net.parameterCount()).isEqualTo(7 * 4 + 3 * (32 + 8 + 32) + 8);
  }

  @Test
  void a_copy_computes_the_same_and_shares_nothing() {
    var net = new Nets.Tower();
    net.h.get(1).act.set(new ReLU());
    net.h.getFirst().eval();
    net.table.freeze();
    var copy = net.copy();
    assertThat(copy.toString()).isEqualTo(net.toString());
    assertThat(copy.apply(IDS).equal(net.apply(IDS))).isTrue();
    assertThat(copy.layer("h.0").isTraining()).isFalse();
    assertThat(copy.layer("h.1").isTraining()).isTrue();
    assertThat(copy.trainable()).doesNotContainKey("table.weight").containsKey("norm.bias");
    copy.tensor("norm.bias").detach().fill_(3);
    assertThat(net.tensor("norm.bias").sum().item()).isZero();
    assertThat(copy.namedParameters()).hasSameSizeAs(net.namedParameters());
  }

  @Test
  void a_layer_without_a_twin_says_how_to_get_one() {
    var plain =
        new Layer<Tensor, Tensor>() {
          @Override
          protected Tensor forward(Tensor x) {
            return x;
          }
        };
    assertThatExceptionOfType(UnsupportedOperationException.class)
        .isThrownBy(plain::copy)
        .withMessageContaining("override twin()");
  }

  @Test
  void copying_draws_no_random_numbers() {
    var net = new Nets.Tower();
    Torch.manualSeed(1);
    double expected = Tensor.randn(1).item();
    Torch.manualSeed(1);
    net.copy();
    assertThat(Tensor.randn(1).item()).isEqualTo(expected);
  }

  @Test
  void modes_reach_every_layer_and_a_new_occupant_takes_its_predecessors() {
    var net = new Nets.Tower();
    net.eval();
    assertThat(net.namedLayers().values()).noneMatch(Layer::isTraining);
    var replacement = new Dropout(0.5);
    net.norm.set(replacement);
    assertThat(replacement.isTraining()).isFalse();
  }

  @Test
  void a_layer_cannot_sit_inside_itself() {
    var net = new Sequential(new Identity<Tensor>());
    @SuppressWarnings("unchecked")
    var slot = (Slot<Tensor, Tensor>) net.slot("0");
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> slot.set(net))
        .withMessageContaining("inside itself");
  }

  @Test
  void parameters_survive_the_scope_they_were_made_in() {
    Layer<Tensor, Tensor> net = Scope.run(() -> new Linear(2, 3));
    assertThat(net.apply(Tensor.ones(1, 2)).shape().dims()).containsExactly(1, 3);
  }

  @Test
  void converting_keeps_what_wants_gradients() {
    var net = new Linear(2, 3);
    net.to(DType.FLOAT64);
    assertThat(net.weight().dtype()).isEqualTo(DType.FLOAT64);
    assertThat(net.trainable()).containsOnlyKeys("weight", "bias");
    assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> net.to(DType.INT8));
  }

  @Test
  void gradients_are_forgotten_on_demand() {
    var net = new Linear(2, 3);
    net.apply(Tensor.ones(1, 2)).sum().backward();
    assertThat(net.weight().hasGrad()).isTrue();
    net.zeroGrad();
    assertThat(net.weight().hasGrad()).isFalse();
  }

  @Test
  void a_refused_operation_names_the_layer() {
    var net = new Nets.Tower();
    net.h.get(2).up.set(new Linear(5, 8));
    assertThatExceptionOfType(TorchException.class)
        .isThrownBy(() -> net.apply(IDS))
        .withMessageContaining("in layer h.2.up (Linear) at LayerTest.java");
  }

  @Test
  void hooks_see_and_replace_values_in_order() {
    var net = new Nets.Tower();
    List<String> seen = new ArrayList<>();
    var first =
        net.norm
            .get()
            .onInput((layer, value) -> {
              seen.add("in " + layer.getClass().getSimpleName());
              return ((Tensor) value).mul(0);
            });
    var second =
        net.norm
            .get()
            .onOutput((_, value) -> {
              seen.add("out");
              return ((Tensor) value).add(1);
            });
    net.norm.get().onOutput((_, value) -> ((Tensor) value).mul(2));
    Tensor out = net.apply(IDS);
    assertThat(seen).containsExactly("in LayerNorm", "out");
    Tensor expected = net.head.apply(Tensor.full(new dev.microtome.tensor.Shape(1, 3, 4), 2.0));
    assertThat(out.allClose(expected, 1e-5, 1e-5)).isTrue();
    first.remove();
    first.remove();
    second.close();
    net.apply(IDS);
    assertThat(seen).hasSize(2);
  }

  @Test
  void a_hook_may_add_and_remove_hooks_while_it_runs() {
    var layer = new Identity<Tensor>();
    List<String> seen = new ArrayList<>();
    var hooks = new ArrayList<Hook>();
    hooks.add(
        layer.onInput((at, value) -> {
          seen.add("once");
          hooks.get(0).remove();
          hooks.get(1).remove();
          at.onOutput((_, out) -> {
            seen.add("added");
            return out;
          });
          return value;
        }));
    hooks.add(
        layer.onInput((_, value) -> {
          seen.add("never");
          return value;
        }));
    layer.apply(Tensor.ones(1));
    layer.apply(Tensor.ones(1));
    assertThat(seen).containsExactly("once", "added", "added");
  }

  @Test
  void a_network_without_memory_tells_shapes() {
    var net = Device.META.run(Nets.Tower::new);
    assertThat(net.parameterCount()).isEqualTo(new Nets.Tower().parameterCount());
    Tensor out = net.apply(ShapeOnly.of(IDS));
    assertThat(out.shape().dims()).containsExactly(1, 3, 7);
    assertThat(new Nets.Tower().apply(ShapeOnly.of(IDS)).shape()).isEqualTo(out.shape());
  }
}
