package dev.microtome;

import static com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The floors of the house: who may see whom, and the shape of every class and file. A rule that
/// matches nothing holds trivially, so the last tests prove that the patterns do match.
class FloorsTest {
  private static final int LONGEST_FILE = 400;
  private static final Path SOURCES = Path.of("src/main/java");
  private static final String ROOT = "dev.microtome.";
  private static final String[] FEATURES = {
    ROOT + "trace..", ROOT + "quant..", ROOT + "dynamic..", ROOT + "lowbit..", ROOT + "adapt.."
  };

  private static final JavaClasses LIBRARY =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.microtome");

  private static ArchRule floors(String lowest, String next) {
    return layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .withOptionalLayers(true)
        .layer("lowest")
        .definedBy(ROOT + lowest + "..")
        .layer("next")
        .definedBy(ROOT + next + "..")
        .layer("features")
        .definedBy(FEATURES)
        .layer("models")
        .definedBy(ROOT + "models..")
        .whereLayer("models")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("features")
        .mayOnlyBeAccessedByLayers("models")
        .whereLayer("next")
        .mayOnlyBeAccessedByLayers("features", "models");
  }

  private static ArchRule strangers(String packages) {
    return slices()
        .matching(ROOT + "(" + packages + ")..")
        .should()
        .notDependOnEachOther()
        .allowEmptyShould(true);
  }

  private static ArchRule stayClearOfBytedeco(String except) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + except)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.bytedeco..")
        .allowEmptyShould(true);
  }

  @Test
  void a_package_sees_lower_floors_only() {
    floors("tensor", "nn").check(LIBRARY);
  }

  @Test
  void features_are_strangers_to_each_other() {
    strangers("trace|quant|dynamic|lowbit|adapt").check(LIBRARY);
  }

  @Test
  void packages_form_no_cycles() {
    slices().matching(ROOT + "(**)").should().beFreeOfCycles().check(LIBRARY);
  }

  @Test
  void only_the_tensor_floor_knows_libtorchs_bindings() {
    stayClearOfBytedeco("tensor..").check(LIBRARY);
  }

  @Test
  void every_class_is_final_or_abstract() {
    classes()
        .that()
        .areNotInterfaces()
        .and()
        .areNotRecords()
        .and()
        .areNotEnums()
        .and()
        .areNotAnonymousClasses()
        .should()
        .haveModifier(FINAL)
        .orShould()
        .haveModifier(ABSTRACT)
        .check(LIBRARY);
  }

  @Test
  void names_say_what_a_class_is() {
    noClasses().should().haveNameMatching(".*(Manager|Helper|Utils?|Impl|Factory)").check(LIBRARY);
  }

  @Test
  void files_stay_short_except_the_vocabulary() {
    assertThat(sources())
        .filteredOn(file -> !file.endsWith(Path.of("tensor", "Tensor.java")))
        .allSatisfy(file -> assertThat(lines(file)).hasSizeLessThanOrEqualTo(LONGEST_FILE));
  }

  @Test
  void every_package_says_its_floor_and_minds_null() {
    assertThat(sources().stream().map(Path::getParent).distinct())
        .allSatisfy(folder ->
            assertThat(lines(folder.resolve("package-info.java")))
                .contains("@NullMarked")
                .anyMatch(line -> line.startsWith("/// Floor ")));
  }

  @Test
  void the_floor_rule_notices_an_upside_down_house() {
    refuses(floors("nn", "tensor"));
  }

  @Test
  void the_stranger_rule_notices_a_dependency() {
    refuses(strangers("nn|tensor"));
  }

  @Test
  void the_bindings_rule_notices_the_tensor_floor() {
    refuses(stayClearOfBytedeco("nn.."));
  }

  @Test
  void the_sources_are_found() {
    assertThat(sources()).anyMatch(file -> file.endsWith(Path.of("nn", "Layer.java")));
  }

  private static void refuses(ArchRule rule) {
    assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> rule.check(LIBRARY));
  }

  private static List<Path> sources() {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
