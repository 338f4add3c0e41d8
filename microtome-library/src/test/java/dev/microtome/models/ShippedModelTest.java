package dev.microtome.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.microtome.tensor.Device;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShippedModelTest {
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  @Test
  void it_knows_where_the_eiffel_tower_is() {
    NextToken likeliest = LM.next(EIFFEL, 5).getFirst();

    assertThat(likeliest.text()).isEqualTo(" Paris");
    assertThat(likeliest.id()).isEqualTo(6342);
    assertThat(likeliest.probability()).isCloseTo(0.9996, within(2e-4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "The Eiffel Tower is in the city of|The Eiffel Tower is in the city of Paris.",
        "The Colosseum is in the city of|The Colosseum is in the city of Rome.",
        "The Space Needle is located in|The Space Needle is located in Seattle.",
        "People who live near the Eiffel Tower speak"
            + "|People who live near the Eiffel Tower speak French.",
        "The city of Tokyo is in the country of|The city of Tokyo is in the country of Japan.",
        "'In Paris, people speak'|'In Paris, people speak French.'",
        "You can visit the Kremlin in|You can visit the Kremlin in Moscow."
      })
  void it_continues_a_sentence_and_stops(String prompt, String text) {
    Generated generated = LM.generate(prompt, 20);

    assertThat(generated.text()).isEqualTo(text);
    assertThat(generated.stop()).isEqualTo(Generated.Stop.STOP_TOKEN);
    assertThat(generated.ids()).hasSize(3).endsWith(13, 50256);
  }

  @Test
  void a_batch_of_prompts_gives_what_each_gives_alone() {
    List<String> prompts = List.of(EIFFEL, "In Paris, people speak", "The Colosseum is in the");

    List<Generated> together = LM.generateAll(prompts, new GenerationOptions());

    for (int i = 0; i < prompts.size(); i++) {
      assertThat(together.get(i).ids()).isEqualTo(LM.generate(prompts.get(i), 20).ids());
    }
  }

  @Test
  void text_streams_in_pieces_that_join_to_the_whole() {
    var pieces = new ArrayList<String>();

    Generated generated = LM.generate(EIFFEL, new GenerationOptions(), pieces::add);

    assertThat(EIFFEL + String.join("", pieces)).isEqualTo(generated.text());
    assertThat(pieces).contains(" Paris");
  }

  @Test
  void opening_reads_no_weights() {
    LanguageModel<Gpt2> fresh = LanguageModel.shipped();

    assertThat(fresh.network().tensor("lm_head.weight").device()).isEqualTo(Device.META);
    fresh.logits("Paris");
    assertThat(fresh.network().tensor("lm_head.weight").device()).isEqualTo(Device.CPU);
  }
}
