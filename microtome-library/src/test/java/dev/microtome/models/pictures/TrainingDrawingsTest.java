package dev.microtome.models.pictures;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.lowbit.BitWidth;
import dev.microtome.lowbit.LowBitReport;
import dev.microtome.lowbit.Reconstruction;
import dev.microtome.models.finetune.LossHistory;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.InputSource;

class TrainingDrawingsTest {
  private static final String HOSTILE = "</text><script>alert(1)</script>\"'&amp;";

  private static Document parsed(String svg) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static List<String> texts(Document svg, String tag) {
    var texts = new ArrayList<String>();
    var found = svg.getElementsByTagName(tag);
    for (int i = 0; i < found.getLength(); i++) {
      texts.add(found.item(i).getTextContent());
    }
    return texts;
  }

  private static List<String> attributes(Document svg, String tag, String name) {
    var values = new ArrayList<String>();
    var found = svg.getElementsByTagName(tag);
    for (int i = 0; i < found.getLength(); i++) {
      values.add(((Element) found.item(i)).getAttribute(name));
    }
    return values;
  }

  @Test
  void losses_fall_from_top_to_bottom_and_from_left_to_right() throws Exception {
    var losses =
        new LossHistory(
            List.of(4.0, 2.0, 1.0),
            List.of(new LossHistory.Evaluation(0, 4), new LossHistory.Evaluation(3, 2)));
    Document svg = parsed(LossPicture.of(losses, HOSTILE));
    assertThat(texts(svg, "title")).containsExactly(HOSTILE);
    assertThat(texts(svg, "text")).contains("● learned", "● held out", "1", "2", "steps");
    assertThat(svg.getElementsByTagName("script").getLength()).isZero();
    List<String> x = attributes(svg, "circle", "cx");
    List<String> y = attributes(svg, "circle", "cy");
    assertThat(x).containsExactly("76.0", "736.0");
    assertThat(Double.parseDouble(y.get(0))).isLessThan(Double.parseDouble(y.get(1)));
  }

  @Test
  void losses_that_are_no_numbers_or_do_not_change_are_drawn_all_the_same() throws Exception {
    var flat = new LossHistory(List.of(1.0, Double.NaN, 1.0), List.of());
    assertThat(attributes(parsed(LossPicture.of(flat, "t")), "path", "d"))
        .noneMatch(path -> path.contains("NaN") || path.contains("Infinity"));
    assertThat(LossPicture.of(LossHistory.NONE, "t")).doesNotContain("NaN", "Infinity");
  }

  @Test
  void a_layer_with_twice_the_decibels_has_a_bar_twice_as_long() throws Exception {
    var report =
        new LowBitReport(List.of(row(HOSTILE, 0.1), row("h.1", 0.01), row("zeros", 0)), Map.of());
    Document svg = parsed(SignalPicture.of(report, HOSTILE));
    List<String> bars = attributes(svg, "rect", "width");
    assertThat(bars).containsExactly("100%", "190.0", "380.0", "0.0");
    assertThat(texts(svg, "text"))
        .contains(HOSTILE, "h.1", "20.0 dB · 3 bits, 3.50 all in · 0.1 kB")
        .anyMatch(text -> text.contains("3 layers, 0.3 kB were 1.2 kB"));
  }

  private static LowBitReport.Row row(String path, double error) {
    return new LowBitReport.Row(
        path, BitWidth.of(3), 3.5, 400, 100, new Reconstruction(error, error, error, error));
  }
}
