package dev.microtome.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Small damage to a good file ends in a read or a [SafetensorsException], never in anything else.
class MutationTest {
  private static final int ROUNDS = 3000;
  private static final byte[] JSON =
      "0123456789{}[]\",:- eE.\\".getBytes(StandardCharsets.US_ASCII);
  private static final String HEADER =
      "{\"__metadata__\":{\"format\":\"pt\"},"
          + "\"b\":{\"dtype\":\"F32\",\"shape\":[2,2],\"data_offsets\":[0,16]},"
          + "\"a\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[16,22]}}   ";

  @Test
  void damaged_files_are_read_or_refused(@TempDir Path dir) throws IOException {
    byte[] good = FileBytes.of(HEADER.getBytes(StandardCharsets.UTF_8), 22);
    var random = new Random(20261121);
    int read = 0;
    int refused = 0;
    for (int i = 0; i < ROUNDS; i++) {
      var file = dir.resolve("m" + i % 16);
      Files.deleteIfExists(file); // never cut short what may still be mapped
      Files.write(file, damage(good, random));
      try (var opened = Safetensors.open(file)) {
        for (var name : opened.names()) {
          assertThat(opened.bytes(name).toArray(ValueLayout.JAVA_BYTE)).isNotNull();
          if (opened.info(name).type().dtype() != null) {
            assertThat(opened.tensor(name).shape()).isEqualTo(opened.info(name).shape());
          }
        }
        read++;
      } catch (SafetensorsException e) {
        assertThat(e).hasMessageContaining(file + ", byte ");
        refused++;
      }
    }
    assertThat(read).isPositive();
    assertThat(refused).isGreaterThan(ROUNDS / 2);
  }

  private static byte[] damage(byte[] good, Random random) {
    byte[] bad = good.clone();
    int edits = 1 + random.nextInt(3);
    for (int i = 0; i < edits && bad.length > 0; i++) {
      int at = random.nextInt(bad.length);
      switch (random.nextInt(5)) {
        case 0 -> bad[at] = (byte) random.nextInt(256);
        case 1 -> bad[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bad[at] = JSON[random.nextInt(JSON.length)];
        case 3 -> bad = Arrays.copyOf(bad, at);
        default -> bad = Arrays.copyOf(bad, bad.length + 1 + random.nextInt(8));
      }
    }
    return bad;
  }
}
