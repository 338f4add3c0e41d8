package dev.microtome.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyCommandTest {
  @TempDir Path data;

  private Session key(String... args) {
    String[] all = new String[args.length + 3];
    all[0] = "key";
    System.arraycopy(args, 0, all, 1, args.length);
    all[args.length + 1] = "--data";
    all[args.length + 2] = data.toString();
    return Session.of(all);
  }

  @Test
  void a_key_is_made_listed_and_revoked() {
    Session made = key("create", "Ada");
    assertThat(made.out().strip()).matches("mt_[0-9a-f]{16}_[A-Za-z0-9_-]{43}");
    String id = made.out().substring(3, 19);
    Session listed = key("list");
    assertThat(listed.out()).contains(id, "Ada", "submit,read", "good", "used never");
    assertThat(listed.out()).doesNotContain(made.out().strip().substring(20));
    assertThat(key("revoke", id).exitCode()).isZero();
    assertThat(key("list").out()).contains("revoked");
  }

  @Test
  void names_cannot_write_to_the_terminal() {
    key("create", "\u001b[2J<evil>");
    assertThat(key("list").out()).doesNotContain("\u001b");
  }

  @Test
  void mistakes_are_told() {
    assertThat(key("create", "x", "--scope", "root").err()).contains("'root' is no scope");
    assertThat(key("revoke", "nobody").err()).contains("there is no key");
    assertThat(key().exitCode()).isEqualTo(2);
    assertThat(key("list").out()).contains("no keys");
  }
}
