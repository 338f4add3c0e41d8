package dev.microtome.models.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ChatTemplateTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final JsonNode GOLDEN = golden();
  private static final List<ChatMessage> HI = List.of(ChatMessage.user("Hi"));
  private static final ChatOptions PLAIN = new ChatOptions();

  private static JsonNode golden() {
    try (InputStream in =
        ChatTemplateTest.class.getResourceAsStream("/generation/chat-templates.json")) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static List<ChatMessage> conversation(JsonNode messages) {
    return JSON.convertValue(messages, new TypeReference<List<Map<String, Object>>>() {}).stream()
        .map(ChatMessage::new)
        .toList();
  }

  private static String render(String template) {
    return ChatTemplate.of(template).render(HI, PLAIN);
  }

  private static String golden(JsonNode one) {
    JsonNode tools = GOLDEN.path("tools");
    var options =
        new ChatOptions()
            .addGenerationPrompt(one.path("add_generation_prompt").booleanValue())
            .tools(JSON.convertValue(tools, new TypeReference<List<Map<String, Object>>>() {}));
    try {
      return ChatTemplate.of(
              GOLDEN.path("templates").path(one.path("template").stringValue()).stringValue())
          .specialToken("bos_token", GOLDEN.path("bos_token").stringValue())
          .specialToken("eos_token", GOLDEN.path("eos_token").stringValue())
          .render(
              conversation(
                  GOLDEN.path("conversations").path(one.path("conversation").stringValue())),
              options);
    } catch (ChatTemplateException e) {
      return "error: " + e.reason();
    }
  }

  @Test
  void all_goldens_are_rendered_to_the_letter() {
    assertThat(GOLDEN.path("cases").values())
        .hasSize(50)
        .allSatisfy(one ->
            assertThat(golden(one))
                .isEqualTo(
                    one.has("rendered")
                        ? one.path("rendered").stringValue()
                        : "error: " + one.path("error").stringValue()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      value = {
        "{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }}=>3 -4 2 3.5 1024",
        "{{ 1e20 }} {{ 0.00001 }} {{ 1.0 }} {{ 0.1 + 0.2 }}=>1e+20 1e-05 1.0 0.30000000000000004",
        "{{ [1, 'a', none, true, (1,)] }}=>[1, 'a', None, True, (1,)]",
        "{{ {'a': \"it's\", 'b': 'x\"y'} }}=>{'a': \"it's\", 'b': 'x\"y'}",
        "{{ 'abcdef'[1:4] }}{{ 'abcdef'[::-1] }}{{ 'abc'[-1] }}=>bcdfedcbac",
        "{{ '🙂ab'[0] }}{{ '🙂ab' | length }}=>🙂3",
        "{{ 1 < 2 < 3 }} {{ 3 in [1, 3] }} {{ 'b' not in 'abc' }}=>True True False",
        "{{ x is defined }} {{ x | default('d') }} {{ not x }}=>False d True",
        "{{ 'a' if false }}|{{ 'a' if true else 'b' }}=>|a",
        "{% for i in range(3) %}{{ loop.index }}{{ ',' if not loop.last }}{% endfor %}=>1,2,3",
        "{% for i in [] %}x{% else %}none{% endfor %}=>none",
        "{% set a, b = 1, 2 %}{{ a ~ b }}=>12",
        "{% set t %}hi{% endset %}{{ t | upper }}=>HI",
        "{% for i in [1,2,3,4] if i is even %}{{ i }}{% endfor %}=>24",
        "{% macro m(a, b='z') %}{{ a }}{{ b }}{{ caller() }}{% endmacro %}{% call m(1) %}c{% endcall %}=>1zc",
        "{% for i in [1,[2,[3]]] recursive %}{% if i is iterable %}({{ loop(i) }}){% else %}{{ i }}{% endif %}{% endfor %}=>1(2(3))",
        "{{ messages | map(attribute='role') | list }}=>['user']",
        "{{ [{'a': 1}, {'a': 2}] | selectattr('a', '>', 1) | list }}=>[{'a': 2}]",
        "{{ [3, 1, 2] | sort | join('-') }} {{ [3, 1] | max }}=>1-2-3 3",
        "{{ {'b': 1, 'a': 2} | dictsort }}=>[('a', 2), ('b', 1)]",
        "{% for k, v in {'x': 1}.items() %}{{ k }}={{ v }}{% endfor %}=>x=1",
        "{{ ' a b '.strip().split() }} {{ 'a,b,c'.split(',', 1) }}=>['a', 'b'] ['a', 'b,c']",
        "{{ ' a  b c '.split(none, 1) }} {{ 'a,b,c'.rsplit(',', 1) }}=>['a', 'b c'] ['a,b', 'c']",
        "{{ '%05.1f|%s|%3d' % (2.25, 'a', 7) }}=>002.2|a|  7",
        "{{ {'a': [1, {}]} | tojson(indent=1) | length }}=>24",
        "{% raw %}{{ x }}{% endraw %}{# gone #}!=>{{ x }}!",
        "{{ 'a' 'b' ~ 1 * 2 }}=>ab2",
        "{{ [1, 2] + [3] }} {{ 'ab' * 2 }}=>[1, 2, 3] abab",
        "{% filter upper %}a{% endfilter %}{% with q = 2 %}{{ q }}{% endwith %}{{ q }}=>A2",
        "{% generation %}g{% endgeneration %}=>g",
        "{{ 'x' is string and messages is not mapping }}=>True",
      })
  void templates_do_what_Jinja_does(String template, String text) {
    assertThat(render(template)).isEqualTo(text == null ? "" : text);
  }

  @Test
  void white_space_around_blocks_goes_as_told() {
    assertThat(render("a\n  {% if true %}\n  b\n  {% endif %}\nc\n")).isEqualTo("a\n  b\nc");
    assertThat(render("a\n  {%+ if true %}b{% endif +%}\nc")).isEqualTo("a\n  b\nc");
    assertThat(render("a \n {{- 'b' -}} \n c")).isEqualTo("abc");
    assertThat(render("a {#- x -#} b")).isEqualTo("ab");
  }

  @Test
  void a_variable_set_in_a_loop_stays_in_it() {
    assertThat(render("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }}"))
        .isEqualTo("1");
  }

  @Test
  void dates_are_written_as_C_does() {
    var options = new ChatOptions().now(LocalDateTime.of(2024, 7, 4, 9, 5));
    assertThat(
            ChatTemplate.of("{{ strftime_now('%d %b %Y, %-d %B %H:%M %A') }}").render(HI, options))
        .isEqualTo("04 Jul 2024, 4 July 09:05 Thursday");
  }

  @ParameterizedTest
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      value = {
        "a\\n{% if %}=>2=>expected a value",
        "{% if x %}=>1=>endif",
        "{{ x=>1=>not closed",
        "{{ 'x }}=>1=>a string is not closed",
        "{% nonsense %}=>1=>unknown tag",
        "{% include 'x' %}=>1=>stands alone",
        "\\n\\n{{ x.y }}=>3=>\"x\" is undefined",
        "{{ 1 | nonsense }}=>1=>unknown filter",
        "{{ 1 is nonsense }}=>1=>unknown test",
        "{{ 1 + 'a' }}=>1=>does not work",
        "{{ 1 // 0 }}=>1=>no number",
        "{{ messages.append(1) }}=>1=>must not",
        "{{ messages() }}=>1=>can't be called",
        "{% break %}=>1=>loop",
        "{{ raise_exception('no') }}=>1=>no",
        "{{ ''.__class__.__mro__ }}=>1=>undefined",
        "{% endif %}=>1=>unknown tag",
        "{% macro m(a) %}{{ m(1) }}{% endmacro %}{{ m(1) }}=>1=>deep",
      })
  void what_is_wrong_is_said_with_its_line(String template, int line, String reason) {
    assertThatExceptionOfType(ChatTemplateException.class)
        .isThrownBy(() -> render(template.replace("\\n", "\n")))
        .satisfies(e -> assertThat(e.line()).isEqualTo(line))
        .withMessageContaining(reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{{ 'x' * 1000000000 }}",
        "{{ range(1000000000) }}",
        "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
        "{% set n = namespace(s=[]) %}{% for i in range(99) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}",
        "{% set n = namespace(s=[]) %}{% for i in range(90000) %}{% set n.s = [n.s] %}{% endfor %}{{ n.s == n.s[0] }}",
        "{{ 2 ** 1000000 }}",
        "{{ '%999.999f' % 1e300 ~ 'x' * 99999999 }}",
      })
  void greed_is_stopped(String template) {
    assertThatExceptionOfType(ChatTemplateException.class).isThrownBy(() -> render(template));
  }

  @Test
  void deep_nesting_is_refused() {
    for (String deep :
        List.of(
            "{{ " + "(".repeat(5000) + "1" + ")".repeat(5000) + " }}",
            "{{ " + "not ".repeat(5000) + "1 }}",
            "{{ x" + ".a".repeat(5000) + " }}",
            "{{ 1" + "+1".repeat(5000) + " }}",
            "{% if 1 %}".repeat(5000))) {
      assertThatExceptionOfType(ChatTemplateException.class).isThrownBy(() -> render(deep));
    }
  }

  @Test
  void mutated_templates_render_or_are_refused() {
    List<String> sources = new ArrayList<>();
    GOLDEN.path("templates").forEach(node -> sources.add(node.stringValue()));
    var random = new Random(7);
    int rendered = 0;
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      String mutant = mutant(sources, random);
      try {
        ChatTemplate.of(mutant).render(HI, PLAIN);
        rendered++;
      } catch (ChatTemplateException e) {
        assertThat(e).hasMessageStartingWith("chat template");
        refused++;
      }
    }
    assertThat(rendered).isGreaterThan(500);
    assertThat(refused).isGreaterThan(500);
  }

  private static String mutant(List<String> sources, Random random) {
    var text = new StringBuilder(sources.get(random.nextInt(sources.size())));
    for (int edits = 1 + random.nextInt(4); edits > 0 && !text.isEmpty(); edits--) {
      int at = random.nextInt(text.length());
      int to = Math.min(text.length(), at + 1 + random.nextInt(12));
      String other = sources.get(random.nextInt(sources.size()));
      int from = random.nextInt(other.length());
      switch (random.nextInt(4)) {
        case 0 -> text.delete(at, to);
        case 1 -> text.insert(at, text.substring(at, to));
        case 2 -> text.setCharAt(at, "{}%#|.()[]'\"-+*~=<> \n09a".charAt(random.nextInt(24)));
        default -> text.insert(at, other, from, Math.min(other.length(), from + 20));
      }
    }
    return text.toString();
  }

  @Test
  void a_folder_gives_its_template_and_special_tokens(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"bos_token": {"content": "<s>"}, "eos_token": "</s>", "chat_template": [
          {"name": "default", "template": "{{ bos_token }}plain"},
          {"name": "tool_use", "template": "{{ tools[0].name }}{{ eos_token }}"}]}
        """);
    ChatTemplate template = ChatTemplate.read(folder);
    assertThat(template.render(HI, PLAIN)).isEqualTo("<s>plain");
    assertThat(template.render(HI, PLAIN.tools(List.of(Map.of("name", "add")))))
        .isEqualTo("add</s>");
    Files.writeString(folder.resolve("chat_template.jinja"), "own {{ eos_token }}");
    assertThat(ChatTemplate.read(folder).render(HI, PLAIN)).isEqualTo("own </s>");
  }

  @Test
  void a_folder_without_template_says_what_to_do(@TempDir Path folder) {
    assertThatExceptionOfType(ChatTemplateException.class)
        .isThrownBy(() -> ChatTemplate.read(folder))
        .withMessageContaining("give prompts as text");
  }

  @Test
  void messages_are_plain_data() {
    assertThat(Stream.of(HI.getFirst().role(), ChatMessage.system("s").role()))
        .containsExactly("user", "system");
    var odd = new ChatMessage(Map.of("role", "user", "content", new Object()));
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> ChatTemplate.of("x").render(List.of(odd), PLAIN))
        .withMessageContaining("java.lang.Object");
  }
}
