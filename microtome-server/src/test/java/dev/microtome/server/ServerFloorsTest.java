package dev.microtome.server;

import static com.tngtech.archunit.core.domain.JavaModifier.ABSTRACT;
import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The server's part of the house rules: who may see tensors, and the shape of every class and
/// file.
class ServerFloorsTest {
  private static final int LONGEST_FILE = 400;
  private static final Path SOURCES = Path.of("src/main/java");
  private static final String ROOT = "dev.microtome.server";

  private static final JavaClasses SERVER =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  /// Only what runs in a worker knows tensors: nothing a request holds reaches native code in the
  /// process that answers requests.
  private static ArchRule withoutTensors(String except) {
    return noClasses()
        .that()
        .resideOutsideOfPackage(except)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.microtome.tensor..",
            "dev.microtome.nn..",
            "dev.microtome.trace..",
            "dev.microtome.models",
            "org.bytedeco..")
        .allowEmptyShould(true);
  }

  @Test
  void only_workers_know_tensors() {
    withoutTensors(ROOT + ".worker..").check(SERVER);
  }

  @Test
  void packages_form_no_cycles() {
    slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(SERVER);
  }

  @Test
  void nothing_deserializes_objects_or_looks_up_code_by_name() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.io\\.ObjectInputStream|javax\\.naming\\..*|javax\\.script\\..*"
                + "|java\\.beans\\.XMLDecoder|.*\\.yaml\\..*")
        .check(SERVER);
  }

  /// The queue in Redis is the one place that calls others.
  @Test
  void nothing_calls_other_machines() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".redis..")
        .should()
        .dependOnClassesThat()
        .haveNameMatching(
            "java\\.net\\.(Socket|http\\..*|URL|URLConnection|HttpURLConnection|DatagramSocket)"
                + "|java\\.nio\\.channels\\.(SocketChannel|DatagramChannel)|.*eclipse\\.jetty\\.client\\..*")
        .check(SERVER);
  }

  @Test
  void the_class_path_holds_nothing_that_runs_text_or_builds_objects_from_it() {
    assertThat(System.getProperty("java.class.path").toLowerCase(Locale.ROOT))
        .contains("jetty", "sqlite")
        .doesNotContain(
            "snakeyaml",
            "groovy",
            "jython",
            "nashorn",
            "rhino",
            "xstream",
            "kryo",
            "razorvine",
            "log4j-core");
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
        .allowEmptyShould(true)
        .check(SERVER);
  }

  @Test
  void names_say_what_a_class_is() {
    noClasses().should().haveNameMatching(".*(Manager|Helper|Utils?|Impl|Factory)").check(SERVER);
  }

  @Test
  void files_stay_short() {
    assertThat(sources())
        .isNotEmpty()
        .allSatisfy(file -> assertThat(lines(file)).hasSizeLessThanOrEqualTo(LONGEST_FILE));
  }

  @Test
  void every_package_says_its_floor_and_minds_null() {
    assertThat(sources().stream().map(Path::getParent).distinct())
        .allSatisfy(folder ->
            assertThat(lines(folder.resolve("package-info.java")))
                .contains("@NullMarked")
                .anyMatch(line -> line.startsWith("/// Floor 4")));
  }

  @Test
  void the_class_rules_notice_a_breach() {
    ArchRule upsideDown =
        noClasses().should().dependOnClassesThat().resideInAPackage(ROOT + ".job..");
    assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> upsideDown.check(SERVER));
  }

  private static List<Path> sources() {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
