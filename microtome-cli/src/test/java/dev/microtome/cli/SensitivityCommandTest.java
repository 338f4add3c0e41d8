package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SensitivityCommandTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  @TempDir private Path folder = Path.of("");

  private String text() throws IOException {
    return Files.writeString(folder.resolve("text.txt"), PROMPT + " Paris").toString();
  }

  @Test
  void a_budget_finds_a_folder_that_opens_as_any_other() throws IOException {
    Path out = folder.resolve("small");
    Path html = folder.resolve("page.html");
    var session =
        Session.of(
            "sensitivity",
            "--data",
            text(),
            "--group-size",
            "32",
            "--forms",
            "8,4",
            "--layers",
            "c_proj",
            "--budget",
            "0.01",
            "--out",
            out.toString(),
            "--html",
            html.toString());
    assertThat(session.err()).isEmpty();
    assertThat(session.exitCode()).isZero();
    assertThat(session.out())
        .contains("transformer.h.3.mlp.c_proj", "4 bits", "loss as it is", "budget +0.01")
        .contains("shares a weight with", "written: " + out);
    assertThat(html).content().contains("Sensitivity of layers", "class=\"bars\"");
    var generated =
        Session.of("generate", PROMPT, "--model", out.toString(), "--max-new-tokens", "1");
    assertThat(generated.out().strip()).isEqualTo(PROMPT + " Paris");
    assertThat(Session.of("summary", "--model", out.toString()).out()).contains("LowBitLinear");
  }

  @Test
  void forms_of_8_bits_are_tried_too() throws IOException {
    var session =
        Session.of(
            "sensitivity",
            "--data",
            text(),
            "--forms",
            "dynamic,weights",
            "--layers",
            "transformer.h.0.mlp.c_fc",
            "--no-html",
            "--json");
    assertThat(session.err()).isEmpty();
    assertThat(session.out())
        .contains("\"form\":\"int8 dynamic\"", "\"outputs_sqnr_db\":", "\"loss_change\":");
  }

  @Test
  void senseless_settings_are_refused() throws IOException {
    String text = text();
    var form = Session.of("sensitivity", "--data", text, "--forms", "7");
    assertThat(form.exitCode()).isEqualTo(2);
    assertThat(form.err()).contains("'7' is no form");
    var both = Session.of("sensitivity", "--data", text, "--out", "x");
    assertThat(both.exitCode()).isEqualTo(2);
    assertThat(both.err()).contains("give both");
    var budget = Session.of("sensitivity", "--data", text, "--budget", "-1");
    assertThat(budget.exitCode()).isEqualTo(2);
    var written =
        Session.of(
            "sensitivity", "--data", text, "--budget", "1", "--out", "x", "--forms", "weights");
    assertThat(written.err()).contains("low-bit weights only");
    var missing = Session.of("sensitivity", "--data", folder.resolve("none.txt").toString());
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.err()).contains("none.txt");
  }
}
