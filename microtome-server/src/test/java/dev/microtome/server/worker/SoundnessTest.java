package dev.microtome.server.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.server.ShippedFolder;
import dev.microtome.tensor.Grad;
import org.junit.jupiter.api.Test;

class SoundnessTest {
  @Test
  void a_single_bit_of_a_weight_is_noticed() {
    Hosted hosted = Hosted.open("facts", ShippedFolder.path());
    var soundness = new Soundness(hosted);
    assertThat(soundness.holds()).isTrue();
    assertThat(soundness.isDue()).isFalse();
    var norm = hosted.language().network().tensor("transformer.ln_f.weight").detach();
    double first = norm.get(0).item();
    Grad.off(() -> norm.get(0).fill_(Math.nextUp((float) first)));
    assertThat(soundness.holds()).isFalse();
    Grad.off(() -> norm.get(0).fill_(first));
    assertThat(soundness.holds()).isTrue();
  }
}
