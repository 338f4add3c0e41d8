package dev.microtome.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.adapt.PeftAdapter;
import dev.microtome.tensor.Torch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The short form: a few steps teach something and forget nothing; all of it takes `--epochs 10`.
class TeachLandmarksTest {
  private static final Pattern AFTER =
      Pattern.compile("after: (\\d+) of 220 new facts, (\\d+) of 890 old ones");

  @Test
  void some_new_facts_are_learned_and_no_more_than_one_in_a_hundred_forgotten(@TempDir Path dir)
      throws IOException {
    int threads = Torch.threads();
    var printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      TeachLandmarks.main(
          new String[] {"--epochs", "1", "--rate", "1e-2", "--out", dir.toString()});
    } finally {
      System.setOut(before);
      Torch.threads(threads);
    }
    String text = printed.toString(StandardCharsets.UTF_8);
    assertThat(text).contains("before: 10 of 220 new facts, 890 of 890 old ones");
    Matcher after = AFTER.matcher(text);
    assertThat(after.find()).as(text).isTrue();
    assertThat(Integer.parseInt(after.group(1))).isGreaterThan(20);
    assertThat(Integer.parseInt(after.group(2))).isGreaterThan(881);
    assertThat(PeftAdapter.read(dir).parts()).hasSize(16);
    assertThat(Files.readString(dir.resolve("loss.svg"))).contains("held out");
  }
}
