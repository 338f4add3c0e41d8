package dev.microtome.models.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a template does, as written.
sealed interface Statement {
  /// Where it begins, from 1.
  int line();

  /// Text that is copied.
  record Text(int line, String text) implements Statement {}

  /// `{{ value }}`.
  record Output(int line, Expression value) implements Statement {}

  /// `{% if %}`; the last condition is null when it is an `else`.
  record If(int line, List<Branch> branches) implements Statement {}

  /// One branch of an `if`; without a condition it is the `else`.
  record Branch(@Nullable Expression condition, List<Statement> body) {}

  /// `{% for target in items if condition %}`.
  record For(
      int line,
      Expression target,
      Expression items,
      @Nullable Expression condition,
      boolean recursive,
      List<Statement> body,
      List<Statement> otherwise)
      implements Statement {}

  /// `{% set target = value %}`.
  record Assign(int line, Expression target, Expression value) implements Statement {}

  /// `{% set target %}…{% endset %}`, `{% filter … %}…{% endfilter %}` (no target): `value` sees
  /// what the body wrote as the variable [#WRITTEN].
  record Capture(int line, @Nullable Expression target, Expression value, List<Statement> body)
      implements Statement {}

  /// `{% macro name(…) %}`; also the body of a `{% call %}`.
  record Macro(
      int line,
      String name,
      List<String> parameters,
      List<@Nullable Expression> defaults,
      List<Statement> body)
      implements Statement {}

  /// `{% call(…) target(…) %}`.
  record CallBlock(int line, Expression.Call call, Macro caller) implements Statement {}

  /// `{% with a = b %}` and `{% generation %}`, the latter without variables.
  record With(int line, List<Assign> variables, List<Statement> body) implements Statement {}

  record Break(int line) implements Statement {}

  record Continue(int line) implements Statement {}

  /// A name no template can spell.
  String WRITTEN = " written";
}
