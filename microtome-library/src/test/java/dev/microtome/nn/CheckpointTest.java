package dev.microtome.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.microtome.tensor.Tensor;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir Path folder;

  @Test
  void a_network_comes_back_from_its_file() {
    var net = new Nets.Tower();
    Path file = folder.resolve("net.safetensors");
    Checkpoint.write(file, net);
    var state = Checkpoint.read(file);
    assertThat(state).doesNotContainKey("head.weight").containsKey("table.weight");
    var back = new Nets.Tower();
    back.load(state);
    Tensor ids = Tensor.of(new long[][] {{3, 1}});
    assertThat(back.apply(ids).equal(net.apply(ids))).isTrue();
    assertThat(Checkpoint.sizeOf(net)).isEqualTo(4 * net.parameterCount());
  }

  @Test
  void another_networks_file_is_refused() {
    Path file = folder.resolve("net.safetensors");
    Checkpoint.write(file, new Linear(2, 2).stateDict());
    assertThatExceptionOfType(StateDictException.class)
        .isThrownBy(() -> new Nets.Tower().load(Checkpoint.read(file)))
        .withMessageContaining("missing: table.weight")
        .withMessageContaining("unexpected: bias, weight");
  }
}
