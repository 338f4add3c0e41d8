package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WorkCommandTest {
  @Test
  void work_needs_a_queue() {
    var session = Session.of("work");
    assertThat(session.exitCode()).isEqualTo(2);
    assertThat(session.err()).contains("--queue redis://");
  }

  @Test
  void a_password_on_the_command_line_is_refused_and_not_repeated() {
    for (String command : new String[] {"work", "serve"}) {
      var session = Session.of(command, "--queue", "redis://me:secret@127.0.0.1:1/0");
      assertThat(session.exitCode()).isEqualTo(2);
      assertThat(session.err()).contains("MICROTOME_QUEUE_PASSWORD").doesNotContain("secret");
    }
  }

  @Test
  void a_server_without_a_queue_has_workers_of_its_own() {
    var session = Session.of("serve", "--workers", "0");
    assertThat(session.exitCode()).isEqualTo(2);
    assertThat(session.err()).contains("--workers must be at least 1");
  }
}
