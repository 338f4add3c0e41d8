package dev.microtome.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.nn.AdamW;
import dev.microtome.nn.Conv1D;
import dev.microtome.nn.Init;
import dev.microtome.nn.Linear;
import dev.microtome.nn.LinearPlaces;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Sgd;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.trace.Model;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdaptersTest {
  private Sequential network = new Sequential();
  private Tensor x = Tensor.ones(1);

  @BeforeEach
  void make() {
    Torch.manualSeed(11);
    network =
        Sequential.named()
            .add("first", new Linear(6, 8))
            .add("middle", new Conv1D(8, 8))
            .add("lm_head", new Linear(8, 4, false))
            .build();
    x = Tensor.randn(3, 6);
  }

  private Tensor run() {
    return Grad.off(() -> network.apply(x));
  }

  private void train(Adapters adapters) {
    for (String name : adapters.names()) {
      adapters.parts(name).values().forEach(part -> Init.normal_(part.matrixB(), 0, 0.3));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void a_fresh_adapter_changes_nothing_and_trains_alone(boolean dora) {
    Tensor before = run();
    Lora.rank(2).alpha(6).dora(dora).applyTo(network, LinearPlaces.allButHead());
    assertThat(run().toFloats()).containsExactly(before.toFloats(), within(1e-6f));
    assertThat(network.trainable().keySet())
        .allMatch(path -> path.contains(".default.lora_"))
        .hasSize(dora ? 6 : 4);
    network.apply(x).square().sum().backward();
    assertThat(network.trainable().values()).allMatch(Tensor::hasGrad);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void merging_and_undoing(boolean dora) {
    Adapters adapters =
        Lora.rank(2).alpha(6).dora(dora).applyTo(network, LinearPlaces.allButHead());
    train(adapters);
    Tensor adapted = run();
    Merged merged = adapters.merge();
    assertThat(merged.layers()).isEqualTo(2);
    assertThat(network.slot("middle").get()).isInstanceOf(Conv1D.class);
    assertThat(adapters.names()).isEmpty();
    assertThat(run().toFloats()).containsExactly(adapted.toFloats(), within(1e-5f));
    merged.undo();
    assertThat(run().toFloats()).isEqualTo(adapted.toFloats());
  }

  @Test
  void several_adapters_add_up_and_are_switched() {
    Tensor plain = run();
    Adapters adapters = Lora.rank(2).applyTo(network, path -> path.equals("first"), "one");
    train(adapters);
    Tensor one = run();
    Dora.rank(3).applyTo(network, path -> path.equals("first"), "two");
    assertThat(run().toFloats()).containsExactly(plain.toFloats(), within(1e-6f));
    adapters.use("one");
    assertThat(run().toFloats()).isEqualTo(one.toFloats());
    adapters.use("one", "two");
    assertThat(run().toFloats()).containsExactly(one.toFloats(), within(1e-6f));
    adapters.use();
    assertThat(run().toFloats()).isEqualTo(plain.toFloats());
    adapters.remove("one");
    assertThat(adapters.names()).containsExactly("two");
    adapters.remove("two");
    assertThat(network.slot("first").get()).isInstanceOf(Linear.class);
  }

  @Test
  void rows_of_zeros_stay_finite_and_learn() {
    var first = (Linear) network.get(0);
    Grad.off(() -> first.weight().select(0, 3).zero_());
    Dora.rank(2).applyTo(network, path -> path.equals("first"));
    var optimizer = new Sgd(network.trainable().values(), 0.1);
    for (int step = 0; step < 5; step++) {
      optimizer.zeroGrad();
      Tensor loss = network.apply(x).square().sum();
      loss.backward();
      assertThat(loss.item()).isFinite();
      network
          .trainable()
          .values()
          .forEach(p -> assertThat(p.grad().isFinite().all().item()).isEqualTo(1));
      optimizer.step();
    }
    assertThat(Adapters.of(network).merge().layers()).isEqualTo(1);
    assertThat(run().isFinite().all().item()).isEqualTo(1);
  }

  @Test
  void row_lengths_follow_every_change() {
    Adapters adapters = Dora.rank(2).alpha(3).applyTo(network, path -> path.equals("first"));
    LowRank part = adapters.parts("default").get("first");
    AdaptedLinear layer = adapters.layers().get("first");
    var optimizer = new AdamW(network.trainable().values(), 0.1);
    for (int change = 0; change < 4; change++) {
      Init.normal_(change == 0 ? part.matrixA() : part.matrixB(), 0, 1);
      if (change == 2) {
        Init.normal_(layer.base().weight(), 0, 1);
      } else if (change == 3) {
        part.rowNorms(layer.base());
        network.apply(x).square().sum().backward();
        optimizer.step();
      }
      Tensor whole =
          Grad.off(() -> layer.base().weight().add(part.matrixB().matmul(part.matrixA()).mul(1.5)));
      assertThat(part.rowNorms(layer.base()).toFloats())
          .containsExactly(whole.norm(2, 1, false).toFloats(), within(1e-5f));
      assertThat(part.rowNorms(layer.base())).isSameAs(part.rowNorms(layer.base()));
    }
  }

  @Test
  void dropout_is_for_the_adapter_and_for_training() {
    Adapters adapters = Lora.rank(2).dropout(0.5).applyTo(network, path -> path.equals("first"));
    train(adapters);
    network.eval();
    assertThat(run().toFloats()).isEqualTo(run().toFloats());
    network.train();
    assertThat(run().toFloats()).isNotEqualTo(run().toFloats());
  }

  @Test
  void half_precision_bases_keep_their_dtype() {
    network.to(DType.BFLOAT16);
    x = x.to(DType.BFLOAT16);
    Dora.rank(2).applyTo(network, path -> path.equals("first"));
    assertThat(network.tensor("first.default.lora_A.weight").dtype()).isEqualTo(DType.FLOAT32);
    assertThat(run().dtype()).isEqualTo(DType.BFLOAT16);
    Adapters.of(network).merge();
    assertThat(run().dtype()).isEqualTo(DType.BFLOAT16);
  }

  @Test
  void a_copy_and_a_trace_see_the_adapters() {
    Adapters adapters = Dora.rank(2).applyTo(network, LinearPlaces.allButHead());
    train(adapters);
    assertThat(network.copy().apply(x).toFloats()).isEqualTo(run().toFloats());
    Tensor low = Model.of(network).trace(x, t -> t.at("first.default.lora_A").output().save());
    assertThat(low.shape().dims()).containsExactly(3, 2);
    assertThat(network.layer("first"))
        .hasToString(
            """
            AdaptedLinear(
              (base_layer): Linear(in_features=6, out_features=8, bias=True)
              (default): DoRA(
                (lora_dropout): Dropout(p=0.0, inplace=False)
                (lora_A): Linear(in_features=6, out_features=2, bias=False)
                (lora_B): Linear(in_features=2, out_features=8, bias=False)
              )
            )\
            """);
  }

  @Test
  void what_can_not_be_is_refused_and_changes_nothing() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lora.rank(0))
        .withMessageContaining("rank must be at least 1, got 0");
    assertThatIllegalArgumentException().isThrownBy(() -> Lora.rank(2).dropout(1));
    assertThatIllegalArgumentException().isThrownBy(() -> Lora.rank(2).alpha(Double.NaN));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lora.rank(2).applyTo(network, path -> path.equals("nothing")))
        .withMessage(
            "the rule takes none of the 3 linear layers of Sequential: first, middle, lm_head");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LinearPlaces.named(network, java.util.List.of("frist")))
        .withMessage(
            "no linear layer of Sequential is called 'frist'; near: first, middle, lm_head");
    Adapters adapters = Lora.rank(2).applyTo(network, path -> path.equals("first"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lora.rank(2).applyTo(network, LinearPlaces.allButHead()))
        .withMessageContaining("first already has an adapter 'default'");
    assertThat(network.slot("middle").get()).isInstanceOf(Conv1D.class);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> adapters.use("defualt"))
        .withMessage("there is no adapter 'defualt'; near: default");
    var misfit = LowRank.of(Lora.rank(1), Tensor.ones(1, 5), Tensor.ones(8, 1), null);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> adapters.add("b", Map.of("middle", misfit)))
        .withMessageContaining("from 5 to 8 numbers, this one goes from 8 to 8");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Lora.rank(2).applyTo(network, LinearPlaces.allButHead(), "a.b"))
        .withMessageContaining("can't name an adapter");
  }
}
