package dev.microtome.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// Runs the examples as a user would and compares what they print with what was recorded: the words
/// exactly, the numbers to their last printed digit.
class ExamplesTest {
  private static final Pattern NUMBER = Pattern.compile("-?\\d+(?:\\.\\d*)?(?:e[-+]\\d+)?");

  private interface Example {
    void run() throws Exception;
  }

  @Test
  void the_first_program_of_the_readme_prints_what_it_should() {
    check("FirstProgram", () -> FirstProgram.main(new String[0]));
  }

  @Test
  void the_walkthrough_prints_what_it_should() {
    check("Walkthrough", () -> Walkthrough.main(new String[0]));
  }

  @Test
  void the_walkthrough_step_by_step_prints_what_it_should() {
    check("StepByStep", () -> Walkthrough.StepByStep.main(new String[0]));
  }

  @Test
  void the_language_walkthrough_prints_what_it_should() {
    check("LanguageWalkthrough", () -> LanguageWalkthrough.main(new String[0]));
  }

  @Test
  void the_walkthrough_on_a_server_prints_what_it_should() {
    check("RemoteWalkthrough", () -> RemoteWalkthrough.main(new String[0]));
  }

  @Test
  void quantized_activations_print_what_brevitas_prints() {
    String expected = recorded("QuantizedActivations.out");
    assertThat(printed(() -> QuantizedActivations.main(new String[0]))).isEqualTo(expected);
  }

  @Test
  void reports_caches_weights_decisions_and_sessions_print_what_they_should() {
    check("InsideATrace", () -> InsideATrace.main(new String[0]));
  }

  @Test
  void the_search_for_a_fact_prints_what_it_should() {
    check("WhereFactsLive", () -> WhereFactsLive.main(new String[0]));
  }

  @Test
  void the_quantization_tour_prints_what_the_readme_promises() {
    check("QuantizationTour", () -> QuantizationTour.main(new String[0]));
  }

  @Test
  void the_readmes_lines_about_few_bits_print_what_they_should() {
    check("FewBits", () -> FewBits.main(new String[0]));
  }

  @Test
  void the_readmes_lines_about_training_on_a_text_do_so() {
    check("TrainOnText", () -> TrainOnText.main(new String[0]));
  }

  @Test
  void the_qdora_notebooks_print_what_they_should() {
    check("QdoraBuildUp", () -> QdoraBuildUp.main(new String[0]));
    check("QdoraModule", () -> QdoraModule.main(new String[0]));
  }

  @Test
  void the_lstm_walkthrough_prints_what_it_should_whatever_the_model_writes() {
    String printed = printed(() -> LstmWalkthrough.main(new String[0]));
    assertThat(printed).containsPattern("(?m)^b'\\S+' b'\\S+' ");
    compare("LstmWalkthrough", printed.replaceAll("(?m)^b'.*\\R", ""));
  }

  private static void check(String name, Example example) {
    compare(name, printed(example));
  }

  private static void compare(String name, String printed) {
    String expected = recorded(name + ".out");
    assertThat(words(printed)).isEqualTo(words(expected));
    assertThat(numbers(printed))
        .usingElementComparator((a, b) -> Math.abs(a - b) < 2e-4 ? 0 : Double.compare(a, b))
        .containsExactlyElementsOf(numbers(expected));
  }

  private static String printed(Example example) {
    var bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      example.run();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static String recorded(String name) {
    try (var in = ExamplesTest.class.getResourceAsStream(name)) {
      assertThat(in).as(name).isNotNull();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String words(String text) {
    return NUMBER.matcher(text).replaceAll("#").replaceAll("\\s+", " ");
  }

  private static List<Double> numbers(String text) {
    var numbers = new ArrayList<Double>();
    var matcher = NUMBER.matcher(text);
    while (matcher.find()) {
      numbers.add(Double.valueOf(matcher.group()));
    }
    return numbers;
  }
}
