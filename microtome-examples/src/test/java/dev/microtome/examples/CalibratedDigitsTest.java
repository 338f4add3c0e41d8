package dev.microtome.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibratedDigitsTest {
  private static final Pattern ACCURACY = Pattern.compile("accuracy (?:of .* )?([\\d.]+) %");

  @TempDir private Path folder = Path.of("");

  private String printed() throws IOException {
    var bytes = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      CalibratedDigits.main(new String[] {"--epochs", "2", "--out", folder.toString()});
    } finally {
      System.setOut(before);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void every_form_stays_close_to_floating_point() throws IOException {
    String printed = printed();
    List<Double> accuracies =
        ACCURACY.matcher(printed).results().map(found -> Double.valueOf(found.group(1))).toList();
    assertThat(accuracies).hasSize(6);
    double plain = accuracies.getFirst();
    assertThat(plain).isGreaterThan(70);
    assertThat(accuracies).allSatisfy(one -> assertThat(one).isBetween(plain - 3, plain + 3));
    assertThat(printed)
        .contains("folded into 'conv1'", "QuantizedConv2dReLU(1, 16", "networks measured");
    assertThat(folder.resolve("sensitivity.html")).content().contains("int8 static", "4 bits");
  }
}
