package dev.microtome.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class NativeMemoryTest {
  /// Forgets 150 tensors of 40 MB and prints the peak of its memory in kB.
  static final class Forgetful {
    private Forgetful() {}

    public static void main(String[] args) throws IOException {
      double sum = 0;
      for (int i = 0; i < 150; i++) {
        sum += Tensor.ones(10_000_000).get(i).item();
      }
      List<String> status = Files.readAllLines(Path.of("/proc/self/status"));
      System.out.println(sum + status.stream().filter(s -> s.startsWith("VmHWM")).toList().get(0));
    }
  }

  @Test
  void forgotten_tensors_do_not_fill_the_memory() throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Forgetful.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(child.waitFor()).isZero();
    assertThat(out).startsWith("150.0VmHWM");
    assertThat(Long.parseLong(out.replaceAll(".*VmHWM:|\\D", ""))).isLessThan(1_000_000);
  }

  @Test
  void a_closed_tensor_is_refused_in_every_call() {
    Tensor x = Tensor.ones(2);
    x.close();
    x.close();

    assertThatThrownBy(() -> x.add(1)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(x::shape).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(x::toString).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> Tensor.cat(List.of(Tensor.ones(1), x), 0))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void a_segment_shows_the_tensors_own_memory_even_after_close() {
    Tensor x = Tensor.zeros(2, 2);
    MemorySegment memory = x.dense().segment();

    x.add_(3);
    x.close();

    assertThat(memory.toArray(ValueLayout.JAVA_FLOAT)).containsExactly(3, 3, 3, 3);
    assertThatThrownBy(() -> Tensor.zeros(2, 3).t().dense().segment())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("contiguous");
  }

  @Test
  void a_view_reads_and_writes_the_memory_it_was_given() {
    MemorySegment memory = Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4);
    Tensor x = DenseTensor.view(memory, DType.FLOAT32, Shape.of(2, 2));

    memory.setAtIndex(ValueLayout.JAVA_FLOAT, 3, 9);
    x.get(0).fill_(7);

    assertThat(x.toFloats()).containsExactly(7, 7, 3, 9);
    assertThat(memory.getAtIndex(ValueLayout.JAVA_FLOAT, 0)).isEqualTo(7);
  }

  @Test
  void memory_that_does_not_fit_is_refused() {
    MemorySegment memory = Arena.ofAuto().allocate(32, 8);

    assertThatThrownBy(() -> DenseTensor.view(memory.asSlice(1, 16), DType.FLOAT32, Shape.of(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not aligned");
    assertThatThrownBy(() -> DenseTensor.view(memory, DType.FLOAT32, Shape.of(9)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("needs 36 bytes");
    assertThatThrownBy(
            () -> DenseTensor.view(MemorySegment.ofArray(new float[4]), DType.FLOAT32, Shape.of(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("on the heap");
  }

  @Test
  void lent_memory_lives_as_long_as_a_view_of_the_view() {
    Tensor row = lentRow();
    for (int i = 0; i < 5; i++) {
      System.gc();
      Tensor.ones(1000, 100).add(1).close();
    }

    assertThat(row.toFloats()).containsOnly(5).hasSize(1000);
  }

  private static Tensor lentRow() {
    MemorySegment memory = Arena.ofAuto().allocate(4L * 100_000, 64);
    for (long i = 0; i < 100_000; i++) {
      memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, 5);
    }
    return DenseTensor.view(memory, DType.FLOAT32, Shape.of(100, 1000)).get(99);
  }
}
