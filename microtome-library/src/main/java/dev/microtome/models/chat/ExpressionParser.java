package dev.microtome.models.chat;

import dev.microtome.models.chat.Expression.Given;
import dev.microtome.models.chat.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Parses expressions, with Jinja's precedence from `if … else` down to `a.b[c](d)`.
final class ExpressionParser {
  private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> ENDS_TEST = Set.of("else", "or", "and", "if", "is", "in", "not");

  private final TokenReader in;

  ExpressionParser(TokenReader in) {
    this.in = in;
  }

  /// One expression, or several with commas between as a tuple.
  Expression list() {
    return commas(this::expression);
  }

  /// As [#list], without `if … else`: what a `for` runs over and an `if` decides on.
  Expression listWithoutChoice() {
    return commas(this::or);
  }

  private Expression commas(Supplier<Expression> item) {
    int line = in.line();
    Expression first = item.get();
    if (!in.seesOperator(",")) {
      return first;
    }
    var items = new ArrayList<>(List.of(first));
    while (in.take(",") && !endsList()) {
      items.add(item.get());
    }
    return new Expression.Sequence(line, items, true);
  }

  private boolean endsList() {
    return in.sees(Kind.BLOCK_END)
        || in.sees(Kind.VALUE_END)
        || in.seesOperator(")")
        || in.seesOperator("=")
        || in.seesName("in");
  }

  /// What can be assigned to: names, tuples of names, an attribute of a namespace.
  Expression target() {
    return commas(this::targetItem);
  }

  private Expression targetItem() {
    if (in.take("(")) {
      Expression inner = nested(this::target);
      in.expect(")");
      return inner;
    }
    Token name = in.expect(Kind.NAME, "a name");
    var variable = new Expression.Name(name.line(), name.text());
    return in.take(".")
        ? new Expression.Attribute(
            name.line(), variable, in.expect(Kind.NAME, "an attribute's name").text())
        : variable;
  }

  Expression expression() {
    return nested(this::choice);
  }

  private <T> T nested(Supplier<T> parse) {
    in.enter();
    T parsed = parse.get();
    in.leave();
    return parsed;
  }

  private Expression choice() {
    Expression then = or();
    while (in.seesName("if")) {
      int line = in.next().line();
      Expression condition = or();
      Expression otherwise = in.takeName("else") ? expression() : null;
      then = new Expression.Choice(line, then, condition, otherwise);
    }
    return then;
  }

  private Expression or() {
    Expression left = and();
    while (in.seesName("or")) {
      left = new Expression.Logic(in.next().line(), false, left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (in.seesName("and")) {
      left = new Expression.Logic(in.next().line(), true, left, not());
    }
    return left;
  }

  private Expression not() {
    return in.seesName("not")
        ? new Expression.Unary(in.next().line(), "not", nested(this::not))
        : comparison();
  }

  private Expression comparison() {
    int line = in.line();
    Expression first = sum();
    var operators = new ArrayList<String>();
    var rest = new ArrayList<Expression>();
    for (String next = comparator(); next != null; next = comparator()) {
      operators.add(next);
      rest.add(sum());
    }
    return rest.isEmpty() ? first : new Expression.Comparison(line, first, operators, rest);
  }

  private @Nullable String comparator() {
    Token token = in.peek();
    if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text())) {
      return in.next().text();
    }
    if (in.takeName("in")) {
      return "in";
    }
    if (token.isName("not") && in.thenName("in")) {
      in.next();
      in.next();
      return "not in";
    }
    return null;
  }

  private Expression sum() {
    return binary(Set.of("+", "-"), this::join);
  }

  private Expression join() {
    return binary(Set.of("~"), this::product);
  }

  private Expression product() {
    return binary(Set.of("*", "/", "//", "%"), this::power);
  }

  private Expression power() {
    return binary(Set.of("**"), () -> unary(true));
  }

  private Expression binary(Set<String> operators, Supplier<Expression> operand) {
    Expression left = operand.get();
    while (in.sees(Kind.OPERATOR) && operators.contains(in.peek().text())) {
      Token operator = in.next();
      left = new Expression.Binary(operator.line(), operator.text(), left, operand.get());
    }
    return left;
  }

  private Expression unary(boolean filtered) {
    Expression value;
    if (in.seesOperator("-") || in.seesOperator("+")) {
      Token sign = in.next();
      value = new Expression.Unary(sign.line(), sign.text(), nested(() -> unary(false)));
    } else {
      value = postfix(primary());
    }
    return filtered ? filters(value) : value;
  }

  private Expression primary() {
    Token token = in.next();
    int line = token.line();
    return switch (token.kind()) {
      case NAME -> named(token);
      case STRING -> new Expression.Literal(line, strings(token));
      case INTEGER, FLOAT -> new Expression.Literal(line, number(token));
      default -> {
        if (token.isOperator("(")) {
          yield parenthesis(line);
        }
        if (token.isOperator("[")) {
          yield new Expression.Sequence(line, items("]"), false);
        }
        if (token.isOperator("{")) {
          yield mapping(line);
        }
        throw new TemplateFault(line, "expected a value, found " + token.shown());
      }
    };
  }

  private static Expression named(Token token) {
    return switch (token.text()) {
      case "true", "True" -> new Expression.Literal(token.line(), true);
      case "false", "False" -> new Expression.Literal(token.line(), false);
      case "none", "None" -> new Expression.Literal(token.line(), None.NONE);
      default -> new Expression.Name(token.line(), token.text());
    };
  }

  /// Strings side by side are one.
  private String strings(Token first) {
    var text = new StringBuilder(first.text());
    while (in.sees(Kind.STRING)) {
      text.append(in.next().text());
    }
    return text.toString();
  }

  private static Object number(Token token) {
    try {
      if (token.kind() == Kind.INTEGER) {
        return Long.valueOf(token.text());
      }
      return Double.valueOf(token.text());
    } catch (NumberFormatException _) {
      throw new TemplateFault(token.line(), token.text() + " is too large a number");
    }
  }

  private Expression parenthesis(int line) {
    if (in.take(")")) {
      return new Expression.Sequence(line, List.of(), true);
    }
    Expression inner = list();
    in.expect(")");
    return inner;
  }

  private List<Expression> items(String close) {
    var items = new ArrayList<Expression>();
    while (!in.take(close)) {
      items.add(expression());
      if (!in.seesOperator(close)) {
        in.expect(",");
      }
    }
    return items;
  }

  private Expression mapping(int line) {
    var keys = new ArrayList<Expression>();
    var values = new ArrayList<Expression>();
    while (!in.take("}")) {
      keys.add(expression());
      in.expect(":");
      values.add(expression());
      if (!in.seesOperator("}")) {
        in.expect(",");
      }
    }
    return new Expression.Mapping(line, keys, values);
  }

  private Expression postfix(Expression of) {
    Expression value = of;
    while (true) {
      int line = in.line();
      if (in.take(".")) {
        value = dotted(line, value);
      } else if (in.take("[")) {
        value = subscript(line, value);
      } else if (in.take("(")) {
        value = new Expression.Call(line, value, given());
      } else {
        return value;
      }
    }
  }

  private Expression dotted(int line, Expression of) {
    if (in.sees(Kind.INTEGER)) {
      return new Expression.Item(line, of, new Expression.Literal(line, number(in.next())));
    }
    return new Expression.Attribute(line, of, in.expect(Kind.NAME, "an attribute's name").text());
  }

  private Expression subscript(int line, Expression of) {
    Expression from = in.seesOperator(":") ? null : expression();
    if (from != null && in.take("]")) {
      return new Expression.Item(line, of, from);
    }
    in.expect(":");
    Expression to = in.seesOperator(":") || in.seesOperator("]") ? null : expression();
    Expression step = in.take(":") && !in.seesOperator("]") ? expression() : null;
    in.expect("]");
    return new Expression.Slice(line, of, from, to, step);
  }

  /// Arguments after the opening parenthesis.
  Given given() {
    var positional = new ArrayList<Expression>();
    var named = new LinkedHashMap<String, Expression>();
    while (!in.take(")")) {
      Expression value = expression();
      if (value instanceof Expression.Name name && in.take("=")) {
        if (named.put(name.name(), expression()) != null) {
          throw new TemplateFault(name.line(), "argument " + name.name() + " is given twice");
        }
      } else if (named.isEmpty()) {
        positional.add(value);
      } else {
        throw new TemplateFault(value.line(), "an argument without name follows one with a name");
      }
      if (!in.seesOperator(")")) {
        in.expect(",");
      }
    }
    return new Given(positional, named);
  }

  /// Filters, tests and calls after a value.
  Expression filters(Expression of) {
    Expression value = of;
    while (true) {
      int line = in.line();
      if (in.take("|")) {
        String name = in.expect(Kind.NAME, "a filter's name").text();
        Filters.require(name, line);
        value = new Expression.Filter(line, value, name, in.take("(") ? given() : Given.NOTHING);
      } else if (in.takeName("is")) {
        value = test(line, value);
      } else if (in.take("(")) {
        value = new Expression.Call(line, value, given());
      } else {
        return value;
      }
    }
  }

  private Expression test(int line, Expression on) {
    boolean negated = in.takeName("not");
    String name = in.expect(Kind.NAME, "a test's name").text();
    Tests.require(name, line);
    Given given = Given.NOTHING;
    if (in.take("(")) {
      given = given();
    } else if (beginsValue()) {
      given = new Given(List.of(postfix(primary())), java.util.Map.of());
    }
    Expression test = new Expression.Test(line, on, name, given);
    return negated ? new Expression.Unary(line, "not", test) : test;
  }

  private boolean beginsValue() {
    Token token = in.peek();
    return switch (token.kind()) {
      case STRING, INTEGER, FLOAT -> true;
      case NAME -> !ENDS_TEST.contains(token.text());
      default -> token.isOperator("[") || token.isOperator("{");
    };
  }
}
