package dev.microtome.tensor.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pickles that want more than tensors, spelled step by step.
class HostilePickleTest {
  @TempDir Path dir;

  private Path zip(String pickle, String... more) throws IOException {
    Path file = dir.resolve("x.pth");
    try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
      put(out, "x/data.pkl", pickle.getBytes(StandardCharsets.ISO_8859_1));
      for (String name : more) put(out, name, new byte[16]);
    }
    return file;
  }

  private static void put(ZipOutputStream out, String name, byte[] data) throws IOException {
    out.putNextEntry(new ZipEntry(name));
    out.write(data);
    out.closeEntry();
  }

  private void refused(String pickle, String why, String... more) throws IOException {
    Path file = zip(pickle, more);
    assertThatThrownBy(() -> TorchFile.open(file))
        .isInstanceOf(TorchFileException.class)
        .hasMessageContaining(why);
  }

  @Test
  void names_outside_the_list_are_refused() throws IOException {
    refused("\u0080\u0002cos\nsystem\n.", "\"os.system\"");
    refused("\u0080\u0002ctorch\nload\n.", "\"torch.load\"");
    refused("\u0080\u0002cbuiltins\neval\n.", "\"builtins.eval\"");
    refused("\u0080\u0002ctorch._utils\n_rebuild_tensor_v2.__globals__\n.", "__globals__");
  }

  @Test
  void constants_and_types_are_not_called() throws IOException {
    refused("\u0080\u0002ctorch\nfloat32\n)R.", "is no function");
    refused("\u0080\u0002ctorch\nFloatStorage\n)R.", "is no function");
    refused("\u0080\u0002ctorch\nSize\n)\u0081.", "no TorchScript object");
  }

  @Test
  void state_is_set_of_nothing_but_what_has_one() throws IOException {
    refused("\u0080\u0002]}b.", "state");
    refused("\u0080\u0002ctorch\nScriptObject\n)\u0081K\u0001b.", "state");
    refused("\u0080\u0002ctorch\nScriptObject\n)\u0081)X\u0003\0\0\0foo\u0086b.", "\"foo\"");
  }

  @Test
  void a_storage_may_not_mean_two_things() throws IOException {
    String storage = "X\u0007\0\0\0storagectorch\n%s\nX\u0001\0\0\0" + "0X\u0003\0\0\0cpuK\u0004tQ";
    refused(
        "\u0080\u0002](("
            + storage.formatted("FloatStorage")
            + "("
            + storage.formatted("IntStorage")
            + "e.",
        "first a",
        "x/data/0");
  }

  @Test
  void a_key_twice_is_refused_also_when_it_is_another_kind_of_one() throws IOException {
    refused("\u0080\u0002}(K\u0001NK\u0001Nu.", "twice");
    refused("\u0080\u0002}(K\u0001N\u0088Nu.", "twice");
  }

  @Test
  void circles_through_a_dictionary_are_refused() throws IOException {
    refused("\u0080\u0002}q\0X\u0001\0\0\0a]h\0as.", "contains itself");
  }

  @Test
  void a_tower_of_shared_lists_does_not_explode() throws IOException {
    var tower = new StringBuilder("]q\0");
    for (int i = 1; i < 150; i++) {
      char below = (char) (i - 1);
      tower.append("](h").append(below).append('h').append(below).append("eq").append((char) i);
    }
    tower.insert(0, "\u0080\u0002(").append('t');
    Path file = zip(tower + ".");
    try (var opened = TorchFile.open(file)) {
      assertThat(opened.value()).isInstanceOf(TupleValue.class);
    }
  }

  @Test
  void deep_nesting_is_refused() throws IOException {
    refused("\u0080\u0002" + "]".repeat(5000) + "a".repeat(4999) + ".", "nested");
    refused("\u0080\u0002" + "(".repeat(5000) + ".", "marks");
  }

  @Test
  void records_of_one_name_and_foreign_folders_are_refused() throws IOException {
    refused("\u0080\u0002N.", "does not lie in", "y/data/0");
    var out = new ByteArrayOutputStream();
    Path file = zip("\u0080\u0002N.", "x/data/0", "x/data/1");
    String bytes = Files.readString(file, StandardCharsets.ISO_8859_1).replace("data/1", "data/0");
    out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
    Files.write(file, out.toByteArray());
    assertThatThrownBy(() -> TorchFile.open(file))
        .isInstanceOf(TorchFileException.class)
        .hasMessageContaining("two records");
  }
}
