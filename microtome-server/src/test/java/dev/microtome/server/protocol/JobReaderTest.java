package dev.microtome.server.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.Payload;
import dev.microtome.server.job.RefusedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is refused, with which node, and that what is at a limit is not.
class JobReaderTest {
  private static final JobReader READER = new JobReader(Limits.defaults());
  private static final String NODE =
      "{\"op\": \"argument\", \"args\": [\"lm_head.output\", 0], \"save\": true}";

  private static String job(String nodes) {
    return "{\"version\": 1, \"model\": \"m\", \"traces\": [{\"prompts\": [[1, 2]], \"nodes\": ["
        + nodes
        + "]}]}";
  }

  private static JobHead read(String json) {
    return READER.read(new Payload(json.getBytes(StandardCharsets.UTF_8), new byte[0]));
  }

  private static Failure refused(String json) {
    return refused(READER, json);
  }

  private static Failure refused(JobReader reader, String json) {
    var payload = new Payload(json.getBytes(StandardCharsets.UTF_8), new byte[0]);
    return catchThrowableOfType(RefusedException.class, () -> reader.read(payload)).failure();
  }

  private static byte[] tensors(String header, int data) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + text.length + data)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(text.length)
        .put(text)
        .array();
  }

  private static Failure refusedTensors(byte[] blob) {
    byte[] json = job(NODE).getBytes(StandardCharsets.UTF_8);
    return catchThrowableOfType(RefusedException.class, () -> READER.read(new Payload(json, blob)))
        .failure();
  }

  private static String repeated(int count, String first, String node) {
    return first + ("," + node).repeat(count - 1);
  }

  @Test
  void a_sound_job_is_read() {
    JobHead head =
        read(job(NODE).replace("\"m\"", "\"m\", \"adapter\": \"a\", \"time\": 7, \"priority\": 2"));
    assertThat(head.model()).isEqualTo("m");
    assertThat(head.adapter()).isEqualTo("a");
    assertThat(head.time()).hasSeconds(7);
    assertThat(head.priority()).isEqualTo(2);
  }

  @Test
  void the_list_of_operations_is_the_vocabulary_without_unwritten_memory() throws IOException {
    Path vocabulary =
        Path.of("../microtome-library/src/main/java/dev/microtome/tensor/Tensor.java");
    var names = new TreeSet<String>();
    var matcher = Pattern.compile("\"(aten::\\w+)\"").matcher(Files.readString(vocabulary));
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    names.remove("aten::empty");
    names.remove("aten::empty_like");
    var listed =
        Operations.all().stream()
            .filter(op -> op.contains("::"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(listed).isEqualTo(names);
  }

  @Test
  void no_other_name_is_an_operation() {
    var random = new Random(1);
    String[] pieces = {
      "aten",
      "::",
      "__class__",
      "java.lang.Runtime",
      "os.system",
      "add",
      "\u0430ten::add",
      "_",
      "relu",
      "eval",
      ".",
      "/",
      "empty",
      "from_file",
      "prim",
      " ",
      "\u0000",
      "load",
      "ATEN"
    };
    int accepted = 0;
    for (int i = 0; i < 200_000; i++) {
      var name = new StringBuilder();
      for (int parts = 1 + random.nextInt(4); parts > 0; parts--) {
        name.append(pieces[random.nextInt(pieces.length)]);
      }
      if (Operations.isAllowed(name.toString())) {
        accepted++;
        assertThat(name.toString()).matches("aten::(add|relu)_?");
      }
    }
    assertThat(accepted).isPositive();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "null",
        "1",
        "{\"version\": 1",
        "{} {}",
        "{\"version\": 2}",
        "{\"version\": 1, \"version\": 1}",
        "{\"version\": 1, \"model\": \"m\", \"traces\": []}",
        "{\"version\": 1, \"model\": \"../m\", \"traces\": [{\"prompts\": [[1]], \"nodes\": []}]}",
        "{\"version\": 1, \"model\": \"m\", \"evil\": 1, \"traces\": [{\"prompts\": [[1]], \"nodes\": []}]}",
        "{\"version\": 1, \"model\": \"m\", \"time\": 0, \"traces\": [{\"prompts\": [[1]], \"nodes\": []}]}",
        "{\"version\": 1, \"model\": \"m\", \"time\": 9999, \"traces\": [{\"prompts\": [[1]], \"nodes\": []}]}",
        "{\"version\": 1, \"model\": \"m\", \"traces\": [{\"prompts\": [], \"nodes\": []}]}",
        "{\"version\": 1, \"model\": \"m\", \"traces\": [{\"prompts\": [[-1]], \"nodes\": []}]}",
        "{\"version\": 1, \"model\": \"m\", \"traces\": [{\"prompts\": [[1.5]], \"nodes\": []}]}",
        "{\"version\": 1, \"model\": \"m\", \"traces\": [{\"prompts\": [[1]], \"nodes\": {}}]}",
        "{\"version\": 1, \"model\": \"m\", \"traces\": [{\"prompts\": [[1]], \"nodes\": []}], \"x\": NaN}"
      })
  void what_is_no_job_is_refused(String json) {
    assertThat(refused(json).code()).isEqualTo(ErrorCode.INVALID_GRAPH);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"op\": \"argument\"}",
        "{\"op\": \"argument\", \"args\": [], \"evil\": 1}",
        "{\"op\": \"aten::add\", \"args\": [{\"node\": 1}]}",
        "{\"op\": \"aten::add\", \"args\": [{\"node\": -1}]}",
        "{\"op\": \"aten::add\", \"args\": [{\"node\": 1e0}]}",
        "{\"op\": \"aten::add\", \"args\": [{\"node\": 99999999999}]}",
        "{\"op\": \"aten::add\", \"args\": [{\"node\": 0, \"tensor\": \"t\"}]}",
        "{\"op\": \"aten::add\", \"args\": [{\"class\": \"java.lang.Runtime\"}]}",
        "{\"op\": \"aten::add\", \"args\": [{\"tensor\": \"missing\"}]}",
        "{\"op\": \"aten::add\", \"args\": [99999999999999999999]}",
        "{\"op\": \"aten::add\", \"args\": [], \"call\": \"x\"}",
        "{\"op\": \"aten::add\", \"args\": [], \"save\": 1}",
        "{\"op\": \"earlier\", \"args\": [0, 0]}",
        "7"
      })
  void a_bad_node_is_named(String node) {
    Failure failure = refused(job(NODE + "," + node));
    assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_GRAPH);
    assertThat(failure.trace()).isZero();
    assertThat(failure.node()).isEqualTo(1);
  }

  @Test
  void counts_are_taken_at_the_limit_and_refused_above() {
    String unsaved = NODE.replace(", \"save\": true", "");
    read(job(repeated(10_000, unsaved, unsaved)));
    assertThat(refused(job(repeated(10_001, unsaved, unsaved))).code())
        .isEqualTo(ErrorCode.LIMIT_EXCEEDED);
    read(job(repeated(256, NODE, NODE)));
    assertThat(refused(job(repeated(257, NODE, NODE))).node()).isEqualTo(256);
    String inputs = "{\"op\": \"aten::stack\", \"args\": [[%s]]}";
    read(job(NODE + "," + inputs.formatted(repeated(64, "{\"node\":0}", "{\"node\":0}"))));
    assertThat(
            refused(
                    job(
                        NODE
                            + ","
                            + inputs.formatted(repeated(65, "{\"node\":0}", "{\"node\":0}"))))
                .message())
        .contains("inputs of the node: 65");
  }

  /// An edge takes four tokens, so that with the limits as they are the parser is first to refuse.
  @Test
  void edges_are_counted_over_all_nodes() {
    Limits limits = Limits.defaults();
    var manyTokens = new Limits.Body(16 << 20, 64, 400_000, 64 << 10, 64);
    var reader =
        new JobReader(
            new Limits(
                limits.connections(),
                manyTokens,
                limits.graphs(),
                limits.runs(),
                limits.queueing(),
                limits.storage()));
    String wide =
        "{\"op\": \"aten::stack\", \"args\": [[%s]]}"
            .formatted(repeated(50, "{\"node\":0}", "{\"node\":0}"));
    String full = job(NODE + "," + repeated(1_000, wide, wide));
    reader.read(new Payload(full.getBytes(StandardCharsets.UTF_8), new byte[0]));
    String one = ",{\"op\": \"aten::neg\", \"args\": [{\"node\": 0}]}";
    Failure failure = refused(reader, job(NODE + "," + repeated(1_000, wide, wide) + one));
    assertThat(failure.message()).contains("edges: 50001, at most 50000");
    assertThat(failure.node()).isEqualTo(1_001);
    assertThat(refused(full).message()).contains("200000");
  }

  private static String chain(int depth) {
    return NODE
        + IntStream.range(0, depth - 1)
            .mapToObj(i -> ",{\"op\": \"aten::neg\", \"args\": [{\"node\": %d}]}".formatted(i))
            .collect(Collectors.joining());
  }

  @Test
  void depth_is_counted_without_recursion() {
    read(job(chain(2_000)));
    assertThat(refused(job(chain(2_001))).message()).contains("depth: 2001, at most 2000");
  }

  @Test
  void deep_long_and_many_are_refused_by_the_parser() {
    for (String bad :
        new String[] {
          "[".repeat(65) + "]".repeat(65),
          "\"" + "a".repeat(70_000) + "\"",
          "1" + "0".repeat(70),
          "[" + "1,".repeat(250_000) + "1]"
        }) {
      Failure failure = refused(job("{\"op\": \"aten::add\", \"args\": [" + bad + "]}"));
      assertThat(failure.code()).isEqualTo(ErrorCode.INVALID_GRAPH);
    }
  }

  @Test
  void prompts_and_new_tokens_are_counted() {
    String many = "[1]" + ",[1]".repeat(63);
    read(job(NODE).replace("[1, 2]", many));
    assertThat(refused(job(NODE).replace("[1, 2]", many + ",[1]")).code())
        .isEqualTo(ErrorCode.LIMIT_EXCEEDED);
    String tokens = "[1" + ",1".repeat(4_095);
    read(job(NODE).replace("[1, 2]", tokens + "]"));
    assertThat(refused(job(NODE).replace("[1, 2]", tokens + ",1]")).code())
        .isEqualTo(ErrorCode.LIMIT_EXCEEDED);
    String generate = "\"generate\": {\"max_new_tokens\": %d}, \"nodes\"";
    read(job(NODE).replace("\"nodes\"", generate.formatted(1_024)));
    assertThat(refused(job(NODE).replace("\"nodes\"", generate.formatted(1_025))).code())
        .isEqualTo(ErrorCode.LIMIT_EXCEEDED);
  }

  @Test
  void tensors_must_be_what_their_header_says() {
    String good = "{\"t\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}";
    READER.read(new Payload(job(NODE).getBytes(StandardCharsets.UTF_8), tensors(good, 24)));
    assertThat(refusedTensors(tensors(good, 23)).message()).contains("23 bytes", "24");
    assertThat(refusedTensors(tensors(good, 25)).message()).contains("25");
    for (String bad :
        new String[] {
          good.replace("[2,3]", "[2147483648,8589934592]"),
          good.replace("[2,3]", "[-2,-3]"),
          good.replace("[2,3]", "[2,3.0]"),
          good.replace("F32", "QUINT8"),
          good.replace("F32", "F64"),
          good.replace("[0,24]", "[24,0]"),
          good.replace("[0,24]", "[4,28]"),
          good.replace("[0,24]", "[0]"),
          good.replace("\"dtype\"", "\"strides\":[1],\"dtype\""),
          "{\"a\":{\"dtype\":\"U8\",\"shape\":[16],\"data_offsets\":[0,16]},"
              + "\"b\":{\"dtype\":\"U8\",\"shape\":[16],\"data_offsets\":[8,24]}}",
          "{\"__metadata__\":{\"x\":1}}",
          "[]"
        }) {
      assertThat(refusedTensors(tensors(bad, 24)).code())
          .as(bad)
          .isEqualTo(ErrorCode.INVALID_GRAPH);
    }
    int nine = 9 << 20;
    assertThat(
            refusedTensors(
                    tensors(
                        "{\"t\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
                            .formatted(nine, nine),
                        nine))
                .code())
        .isEqualTo(ErrorCode.LIMIT_EXCEEDED);
  }

  @Test
  void a_blob_cut_anywhere_is_refused() {
    byte[] whole =
        tensors("{\"t\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}}", 24);
    for (int length = 1; length < whole.length; length++) {
      assertThat(refusedTensors(java.util.Arrays.copyOf(whole, length))).isNotNull();
    }
  }

  @Test
  void text_of_strangers_is_cut_in_messages() {
    Failure failure = refused(job("{\"op\": \"" + "<script>".repeat(100) + "\", \"args\": []}"));
    assertThat(failure.message()).hasSizeLessThan(120);
  }
}
