package dev.microtome.models.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.dynamic.choice.LayerTrials;
import dev.microtome.dynamic.choice.Noise;
import dev.microtome.dynamic.choice.SensitivityReport;
import dev.microtome.dynamic.choice.Trial;
import dev.microtome.models.NextToken;
import dev.microtome.models.interpret.AttentionPatterns;
import dev.microtome.models.interpret.Contrast;
import dev.microtome.models.interpret.LogitLens;
import dev.microtome.models.interpret.Part;
import dev.microtome.models.interpret.PatchMap;
import dev.microtome.models.interpret.Patching;
import dev.microtome.models.interpret.Prompt;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever tokens say, every drawing stays what it is: text never becomes markup, nothing is asked
/// of elsewhere, and what is opened is closed.
class HostileTextTest {
  private static final String HOSTILE =
      "</td></style><script>alert(1)</script><img src=x onerror=1>";
  private static final String QUOTES = "\" style=\"x\" onclick='1' &amp;";
  private static final Pattern TAG = Pattern.compile("<(/?)([a-z0-9]+)([^<>]*?)(/?)>");
  private static final List<String> ALLOWED =
      List.of(
          ("html head meta title style body main h1 h2 p q b strong mark small i div ul li table thead"
                  + " tbody tr th td span footer section input label a svg path rect text")
              .split(" "));

  private static final Prompt CLEAN =
      new Prompt(HOSTILE, List.of(1L, 2L), List.of(HOSTILE, QUOTES));
  private static final Prompt CORRUPT = new Prompt(QUOTES, List.of(1L, 3L), List.of("a", HOSTILE));

  record Drawing(String name, String text) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Drawing> drawings() {
    var belief =
        new LogitLens.Belief(
            List.of(new NextToken(1, HOSTILE, 0.7), new NextToken(2, QUOTES, 0.1)), 1);
    var lens =
        new LogitLens(
            HOSTILE,
            CLEAN.tokens(),
            List.of(new LogitLens.Row("h", "block", List.of(belief, belief))));
    var patching =
        new Patching(
            Patching.Method.MEASURED,
            new Contrast(
                CLEAN, CORRUPT, new Contrast.Answer(1, HOSTILE), new Contrast.Answer(2, QUOTES)),
            1,
            -1,
            List.of(
                new PatchMap(
                    Part.MLP, List.of("block 0"), CLEAN.tokens(), List.of(List.of(0.9, -0.4)))));
    var patterns =
        new AttentionPatterns(
            CLEAN,
            List.of(
                new AttentionPatterns.Layer(
                    "block 0",
                    List.of(
                        new AttentionPatterns.Head(
                            List.of(List.of(1f, 0f), List.of(0.25f, 0.75f)))))));
    var sensitivity =
        new SensitivityReport(
            1.5,
            List.of(
                new LayerTrials(
                    HOSTILE,
                    QUOTES,
                    64,
                    List.of(new Trial(HOSTILE, 16, new Noise(9, 1), Noise.NONE, -0.25)),
                    ""),
                new LayerTrials("rest", "Linear", 8, List.of(), QUOTES)));
    return Stream.of(
        new Drawing("sensitivity page", SensitivityPage.of(sensitivity, null, HOSTILE)),
        new Drawing("lens page", LensPage.of(lens, HOSTILE)),
        new Drawing("lens picture", LensPicture.of(lens, HOSTILE)),
        new Drawing("patch page", PatchPage.of(patching, HOSTILE)),
        new Drawing("patch picture", PatchPicture.of(patching, Part.MLP, HOSTILE)),
        new Drawing("attention page", AttentionPage.of(patterns, HOSTILE)));
  }

  @ParameterizedTest
  @MethodSource("drawings")
  void text_never_becomes_markup(Drawing drawing) {
    assertThat(TAG.matcher(drawing.text()).results())
        .isNotEmpty()
        .allSatisfy(tag -> {
          assertThat(ALLOWED).contains(tag.group(2));
          assertThat(tag.group(3)).doesNotContainIgnoringCase("onclick", "onerror", "src=");
        });
    assertThat(drawing.text()).contains("&lt;script&gt;").doesNotContain("<script", "<img");
  }

  @ParameterizedTest
  @MethodSource("drawings")
  void nothing_is_asked_of_elsewhere(Drawing drawing) {
    assertThat(drawing.text()).doesNotContain("url(", "@import", "<image", "<link", " src=\"");
    assertThat(Pattern.compile("href=\"(.)").matcher(drawing.text()).results())
        .allSatisfy(link -> assertThat(link.group(1)).isEqualTo("#"));
    if (drawing.name().endsWith("page")) {
      assertThat(drawing.text())
          .startsWith("<!doctype html>\n<html lang=\"en\">")
          .contains("default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;")
          .contains("name=\"viewport\"");
    }
  }

  @ParameterizedTest
  @MethodSource("drawings")
  void what_is_opened_is_closed(Drawing drawing) {
    var open = new java.util.ArrayDeque<String>();
    TAG.matcher(drawing.text())
        .results()
        .filter(
            tag -> tag.group(4).isEmpty() && !Arrays.asList("meta", "input").contains(tag.group(2)))
        .forEach(tag -> {
          if (tag.group(1).isEmpty()) {
            open.push(tag.group(2));
          } else {
            assertThat(open.pop()).isEqualTo(tag.group(2));
          }
        });
    assertThat(open).isEmpty();
  }
}
