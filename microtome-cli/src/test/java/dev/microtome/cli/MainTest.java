package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MainTest {
  @Test
  void an_unknown_command_is_a_misuse_said_in_one_line() {
    var session = Session.of("sumary");

    assertThat(session.exitCode()).isEqualTo(2);
    assertThat(session.out()).isEmpty();
    assertThat(session.err()).contains("sumary").contains("--help").hasLineCount(2);
  }

  @Test
  void help_goes_to_the_output_and_shows_defaults() {
    var session = Session.of("doctor", "--help");

    assertThat(session.exitCode()).isZero();
    assertThat(session.out()).contains("--json").contains("Default: auto").doesNotContain("\u001b");
  }

  @Test
  void the_version_names_java() {
    assertThat(Session.of("--version").out()).startsWith("microtome 0.").contains("Java ");
  }

  @Test
  void the_doctor_finds_a_working_libtorch() {
    var session = Session.of("doctor");

    assertThat(session.exitCode()).isZero();
    assertThat(session.out()).contains("libtorch works here", "2.10.0", "OpenBLAS");
  }

  @Test
  void the_doctor_speaks_json() {
    JsonNode report = new JsonMapper().readTree(Session.of("doctor", "--json").out());

    assertThat(report.get("ok").booleanValue()).isTrue();
    assertThat(report.get("facts").get("threads").intValue()).isPositive();
  }
}
