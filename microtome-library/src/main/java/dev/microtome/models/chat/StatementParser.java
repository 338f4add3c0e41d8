package dev.microtome.models.chat;

import dev.microtome.models.chat.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Parses a whole template.
final class StatementParser {
  private static final List<String> LOADERS =
      List.of("include", "import", "from", "extends", "block", "autoescape");

  private final TokenReader in;
  private final ExpressionParser expressions;
  private int loops;

  private StatementParser(TokenReader in) {
    this.in = in;
    this.expressions = new ExpressionParser(in);
  }

  static List<Statement> parse(String template) {
    var parser = new StatementParser(new TokenReader(SourceLexer.tokens(template)));
    List<Statement> all = parser.body();
    if (!parser.in.sees(Kind.END)) {
      parser.in.next();
      throw parser.in.unexpected("a tag that begins something");
    }
    return all;
  }

  /// Statements up to a tag that begins with none of a statement's words, its `{%` not taken.
  private List<Statement> body(String... ends) {
    in.enter();
    var body = new ArrayList<Statement>();
    while (!in.sees(Kind.END) && !seesEnd(ends)) {
      body.add(statement());
    }
    in.leave();
    return body;
  }

  private boolean seesEnd(String... ends) {
    if (in.sees(Kind.BLOCK_BEGIN)) {
      for (String end : ends) {
        if (in.thenName(end)) {
          return true;
        }
      }
    }
    return false;
  }

  private Statement statement() {
    Token token = in.next();
    return switch (token.kind()) {
      case TEXT -> new Statement.Text(token.line(), token.text());
      case VALUE_BEGIN -> {
        Expression value = expressions.list();
        in.expect(Kind.VALUE_END, "\"}}\"");
        yield new Statement.Output(token.line(), value);
      }
      default -> block();
    };
  }

  private Statement block() {
    Token word = in.expect(Kind.NAME, "a tag's name");
    int line = word.line();
    return switch (word.text()) {
      case "if" -> branches(line);
      case "for" -> loop(line);
      case "set" -> set(line);
      case "macro" -> macro(line);
      case "call" -> call(line);
      case "filter" -> filter(line);
      case "with" -> with(line);
      case "generation" -> {
        close();
        yield new Statement.With(line, List.of(), until("endgeneration"));
      }
      case "break" -> jump(new Statement.Break(line));
      case "continue" -> jump(new Statement.Continue(line));
      default -> throw unknown(word);
    };
  }

  private static TemplateFault unknown(Token word) {
    return new TemplateFault(
        word.line(),
        LOADERS.contains(word.text())
            ? "\"" + word.text() + "\" is not allowed: a chat template stands alone"
            : "unknown tag " + word.shown());
  }

  private void close() {
    in.expect(Kind.BLOCK_END, "\"%}\"");
  }

  /// The body up to and with `{% end %}`.
  private List<Statement> until(String end) {
    List<Statement> body = body(end);
    in.expect(Kind.BLOCK_BEGIN, "\"{% " + end + " %}\"");
    in.expectName(end);
    close();
    return body;
  }

  private Statement jump(Statement jump) {
    if (loops == 0) {
      throw new TemplateFault(jump.line(), "\"break\" and \"continue\" belong into a loop");
    }
    close();
    return jump;
  }

  private Statement branches(int line) {
    var branches = new ArrayList<Statement.Branch>();
    @Nullable Expression condition = expressions.listWithoutChoice();
    close();
    while (true) {
      branches.add(new Statement.Branch(condition, body("elif", "else", "endif")));
      in.expect(Kind.BLOCK_BEGIN, "\"{% endif %}\"");
      if (condition == null || in.seesName("endif")) {
        in.expectName("endif");
        close();
        return new Statement.If(line, branches);
      }
      condition = in.takeName("elif") ? expressions.listWithoutChoice() : null;
      if (condition == null) {
        in.expectName("else");
      }
      close();
    }
  }

  private Statement loop(int line) {
    Expression target = expressions.target();
    in.expectName("in");
    Expression items = expressions.listWithoutChoice();
    Expression condition = in.takeName("if") ? expressions.expression() : null;
    boolean recursive = in.takeName("recursive");
    close();
    loops++;
    List<Statement> body = body("else", "endfor");
    loops--;
    in.expect(Kind.BLOCK_BEGIN, "\"{% endfor %}\"");
    List<Statement> otherwise = List.of();
    if (in.takeName("else")) {
      close();
      otherwise = until("endfor");
    } else {
      in.expectName("endfor");
      close();
    }
    return new Statement.For(line, target, items, condition, recursive, body, otherwise);
  }

  private Statement set(int line) {
    Expression target = expressions.target();
    if (in.take("=")) {
      Expression value = expressions.list();
      close();
      return new Statement.Assign(line, target, value);
    }
    Expression value = expressions.filters(new Expression.Name(line, Statement.WRITTEN));
    close();
    return new Statement.Capture(line, target, value, outsideLoops("endset"));
  }

  private Statement filter(int line) {
    String name = in.expect(Kind.NAME, "a filter's name").text();
    Filters.require(name, line);
    var given = in.take("(") ? expressions.given() : Expression.Given.NOTHING;
    var first =
        new Expression.Filter(line, new Expression.Name(line, Statement.WRITTEN), name, given);
    Expression value = expressions.filters(first);
    close();
    return new Statement.Capture(line, null, value, outsideLoops("endfilter"));
  }

  /// A body that a `break` can't leave.
  private List<Statement> outsideLoops(String end) {
    int outer = loops;
    loops = 0;
    List<Statement> body = until(end);
    loops = outer;
    return body;
  }

  private Statement macro(int line) {
    String name = in.expect(Kind.NAME, "the macro's name").text();
    in.expect("(");
    return macro(line, name, "endmacro");
  }

  private Statement.Macro macro(int line, String name, String end) {
    var parameters = new ArrayList<String>();
    var defaults = new ArrayList<@Nullable Expression>();
    parameters(parameters, defaults);
    close();
    return new Statement.Macro(line, name, parameters, defaults, outsideLoops(end));
  }

  private void parameters(List<String> parameters, List<@Nullable Expression> defaults) {
    while (!in.take(")")) {
      String name = in.expect(Kind.NAME, "a parameter's name").text();
      if (parameters.contains(name)) {
        throw new TemplateFault(in.line(), "parameter " + name + " is there twice");
      }
      parameters.add(name);
      defaults.add(in.take("=") ? expressions.expression() : null);
      if (!in.seesOperator(")")) {
        in.expect(",");
      }
    }
  }

  private Statement call(int line) {
    var parameters = new ArrayList<String>();
    var defaults = new ArrayList<@Nullable Expression>();
    if (in.take("(")) {
      parameters(parameters, defaults);
    }
    if (!(expressions.expression() instanceof Expression.Call call)) {
      throw new TemplateFault(line, "\"call\" needs a call, such as {% call name() %}");
    }
    close();
    var caller = new Statement.Macro(line, "caller", parameters, defaults, outsideLoops("endcall"));
    return new Statement.CallBlock(line, call, caller);
  }

  private Statement with(int line) {
    var variables = new ArrayList<Statement.Assign>();
    while (!in.sees(Kind.BLOCK_END)) {
      Expression target = expressions.target();
      in.expect("=");
      variables.add(new Statement.Assign(line, target, expressions.expression()));
      if (!in.sees(Kind.BLOCK_END)) {
        in.expect(",");
      }
    }
    close();
    return new Statement.With(line, variables, until("endwith"));
  }
}
