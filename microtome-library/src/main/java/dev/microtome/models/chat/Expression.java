package dev.microtome.models.chat;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a template computes, as written.
sealed interface Expression {
  /// Where it begins, from 1.
  int line();

  /// A string, number, true, false or none.
  record Literal(int line, Object value) implements Expression {}

  /// A variable.
  record Name(int line, String name) implements Expression {}

  /// `[a, b]`, or with `tuple` `(a, b)`.
  record Sequence(int line, List<Expression> items, boolean tuple) implements Expression {}

  /// `{a: b}`.
  record Mapping(int line, List<Expression> keys, List<Expression> values) implements Expression {}

  /// `of.name`.
  record Attribute(int line, Expression of, String name) implements Expression {}

  /// `of[key]`.
  record Item(int line, Expression of, Expression key) implements Expression {}

  /// `of[from:to:step]`.
  record Slice(
      int line,
      Expression of,
      @Nullable Expression from,
      @Nullable Expression to,
      @Nullable Expression step)
      implements Expression {}

  /// `callee(…)`.
  record Call(int line, Expression callee, Given given) implements Expression {}

  /// `on | name(…)`.
  record Filter(int line, Expression on, String name, Given given) implements Expression {}

  /// `on is name(…)`.
  record Test(int line, Expression on, String name, Given given) implements Expression {}

  /// `not on`, `-on`, `+on`.
  record Unary(int line, String operator, Expression on) implements Expression {}

  /// `left operator right`, arithmetic and `~`.
  record Binary(int line, String operator, Expression left, Expression right)
      implements Expression {}

  /// `left and right`, `left or right`: the right side is evaluated when it matters.
  record Logic(int line, boolean and, Expression left, Expression right) implements Expression {}

  /// `first < second <= third`.
  record Comparison(int line, Expression first, List<String> operators, List<Expression> rest)
      implements Expression {}

  /// `then if condition else otherwise`.
  record Choice(int line, Expression then, Expression condition, @Nullable Expression otherwise)
      implements Expression {}

  /// The arguments of a call.
  record Given(List<Expression> positional, Map<String, Expression> named) {
    static final Given NOTHING = new Given(List.of(), Map.of());
  }
}
