package dev.microtome.dynamic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.tensor.QuantizedEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineFileTest {
  @TempDir Path dir;
  private Path path;
  private EngineFile file;

  @BeforeEach
  void a_file_in_a_folder_that_is_not_there() {
    path = dir.resolve("a/engines.txt");
    file = new EngineFile(path, "this machine");
  }

  @Test
  void what_was_put_is_found_again_by_the_same_machine_only() {
    assertThat(file.get("1 x 2")).isNull();
    file.put("1 x 2", QuantizedEngine.ONEDNN);
    file.put("1 x 3", QuantizedEngine.X86);
    assertThat(new EngineFile(path, "this machine").get("1 x 2")).isEqualTo(QuantizedEngine.ONEDNN);
    assertThat(file.get("1 x 3")).isEqualTo(QuantizedEngine.X86);
    var other = new EngineFile(path, "another");
    assertThat(other.get("1 x 2")).isNull();
    other.put("1 x 2", QuantizedEngine.X86);
    assertThat(file.get("1 x 2")).isEqualTo(QuantizedEngine.ONEDNN);
  }

  @Test
  void a_damaged_file_counts_for_nothing_and_is_written_anew() throws Exception {
    Files.createDirectories(path.getParent());
    for (byte[] damage : new byte[][] {{'x', '\n'}, {'a', '\t', 'b', '\t', 'c'}, {(byte) 0xFF}}) {
      Files.write(path, damage);
      assertThat(file.get("1 x 2")).isNull();
      file.put("1 x 2", QuantizedEngine.X86);
      assertThat(file.get("1 x 2")).isEqualTo(QuantizedEngine.X86);
    }
  }

  @Test
  void where_nothing_can_be_written_nothing_is_kept() throws Exception {
    Path taken = Files.writeString(dir.resolve("taken"), "a file");
    var none = new EngineFile(taken.resolve("engines.txt"), "this machine");
    none.put("1 x 2", QuantizedEngine.X86);
    assertThat(none.get("1 x 2")).isNull();
  }
}
