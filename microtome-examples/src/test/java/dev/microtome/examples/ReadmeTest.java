package dev.microtome.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.microtome.nn.Linear;
import dev.microtome.nn.Sequential;
import dev.microtome.nn.Summary;
import dev.microtome.tensor.DType;
import dev.microtome.tensor.Grad;
import dev.microtome.tensor.Tensor;
import dev.microtome.tensor.Torch;
import dev.microtome.trace.Model;
import dev.microtome.trace.Scan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// What the README shows is what the examples run.
class ReadmeTest {
  private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
  private static final Path SOURCES = Path.of("src/main/java/dev/microtome/examples");

  // Comments, imports, layout and where files are written do not count.
  private static String code(String text) {
    return text.replaceAll("//.*", "")
        .replaceAll("(?m)^import .*$", "")
        .replaceAll("Files\\.writeString\\([^,]*,", "Files.writeString(")
        .replaceAll("\\s+", "");
  }

  @Test
  void its_programs_are_examples_line_by_line() throws IOException {
    var examples = new ArrayList<String>();
    try (var files = Files.list(SOURCES)) {
      for (Path file : files.toList()) {
        examples.add(code(Files.readString(file)));
      }
    }
    List<MatchResult> blocks =
        JAVA.matcher(Files.readString(Path.of("../README.md"))).results().toList();
    assertThat(blocks).hasSizeGreaterThan(1);
    for (MatchResult block : blocks) {
      for (String paragraph : block.group(1).split("\n\n")) {
        assertThat(examples)
            .as(paragraph)
            .anySatisfy(example -> assertThat(example).contains(code(paragraph)));
      }
    }
  }

  @Test
  void its_table_for_python_users_holds() {
    Torch.manualSeed(0);
    Tensor x = Tensor.zeros(2, 3);
    x.at(":", 0).set(1);

    assertThat(x.get(":", 0).toDoubles()).containsExactly(1, 1);
    assertThat(x.get("...", "1:").sum().item()).isZero();
    assertThat(x.to(DType.FLOAT64).dtype()).isEqualTo(DType.FLOAT64);
    assertThat(x.size(0)).isEqualTo(2);
    assertThat(Grad.off(() -> x.add(1).relu_().requiresGrad())).isFalse();
  }

  @Test
  void its_table_for_nnsight_users_holds() {
    Torch.manualSeed(0);
    var net =
        Sequential.named().add("layer1", new Linear(3, 4)).add("layer2", new Linear(4, 2)).build();
    var model = Model.of(net);
    Tensor x = Tensor.ones(1, 3);

    Tensor replaced =
        model.trace(
            x,
            t -> {
              t.at("layer1").output(t.at("layer1").output().zerosLike());
              return t.at("layer1").output();
            });
    Tensor gradient =
        model.trace(
            x,
            t -> {
              Tensor g = t.at("layer1").output().grad();
              t.at(net).output().sum().backward();
              return g;
            });
    Tensor unscanned = model.trace(x, Scan.OFF, t -> t.at("layer1").output());
    Tensor byHand;
    try (var t = model.trace(x)) {
      byHand = t.at("layer1").output().save();
      t.run();
    }

    assertThat(replaced.sum().item()).isZero();
    assertThat(gradient.shape()).isEqualTo(unscanned.shape());
    assertThat(byHand.toFloats()).isEqualTo(unscanned.toFloats());
    assertThat(net.load(net.stateDict())).isNotNull();
    assertThat(Summary.of(net, x).parameters()).isEqualTo(26);
  }
}
