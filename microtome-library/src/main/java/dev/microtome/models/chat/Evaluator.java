package dev.microtome.models.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Computes expressions.
final class Evaluator {
  private final Budget budget;

  Evaluator(Budget budget) {
    this.budget = budget;
  }

  Object value(Expression expression, Variables scope) {
    budget.step();
    budget.enter();
    budget.line = expression.line();
    Object value = compute(expression, scope);
    budget.leave();
    return value;
  }

  private Object compute(Expression expression, Variables scope) {
    return switch (expression) {
      case Expression.Literal literal -> literal.value();
      case Expression.Name name -> scope.get(name.name());
      case Expression.Sequence sequence -> {
        List<Object> items = values(sequence.items(), scope);
        yield sequence.tuple() ? new Tuple(items) : items;
      }
      case Expression.Mapping mapping -> mapping(mapping, scope);
      case Expression.Attribute attribute ->
          Attributes.of(value(attribute.of(), scope), attribute.name(), budget);
      case Expression.Item item ->
          Attributes.item(value(item.of(), scope), value(item.key(), scope), budget);
      case Expression.Slice slice -> slice(slice, scope);
      case Expression.Call call -> call(call, scope);
      case Expression.Filter filter -> filter(filter, scope);
      case Expression.Test test ->
          Tests.holds(
              test.name(),
              value(test.on(), scope),
              arguments(test.name(), test.given(), scope),
              budget);
      case Expression.Unary unary -> unary(unary, scope);
      case Expression.Binary binary -> binary(binary, scope);
      case Expression.Logic logic -> {
        Object left = value(logic.left(), scope);
        yield Values.isTrue(left) == logic.and() ? value(logic.right(), scope) : left;
      }
      case Expression.Comparison comparison -> compare(comparison, scope);
      case Expression.Choice choice -> choose(choice, scope);
    };
  }

  private Object choose(Expression.Choice choice, Variables scope) {
    if (Values.isTrue(value(choice.condition(), scope))) {
      return value(choice.then(), scope);
    }
    return choice.otherwise() == null
        ? new Undefined("the value of an \"if\" without \"else\"")
        : value(choice.otherwise(), scope);
  }

  private List<Object> values(List<Expression> expressions, Variables scope) {
    var values = new ArrayList<Object>();
    for (Expression expression : expressions) {
      values.add(value(expression, scope));
    }
    return values;
  }

  private Object mapping(Expression.Mapping mapping, Variables scope) {
    var map = new LinkedHashMap<Object, Object>();
    for (int i = 0; i < mapping.keys().size(); i++) {
      Object key = Values.key(value(mapping.keys().get(i), scope));
      map.put(key, value(mapping.values().get(i), scope));
    }
    return map;
  }

  private Object slice(Expression.Slice slice, Variables scope) {
    Object of = value(slice.of(), scope);
    Long from = bound(slice.from(), scope);
    Long to = bound(slice.to(), scope);
    Long step = bound(slice.step(), scope);
    return Attributes.slice(of, from, to, step == null ? 1 : step, budget);
  }

  private @Nullable Long bound(@Nullable Expression expression, Variables scope) {
    return switch (expression == null ? None.NONE : value(expression, scope)) {
      case None _ -> null;
      case Long number -> number;
      case Object other ->
          throw new TemplateFault("a slice's bound is a whole number, got " + Values.kind(other));
    };
  }

  private Object call(Expression.Call call, Variables scope) {
    Object callee = value(call.callee(), scope);
    return call(callee, call, scope, Map.of());
  }

  /// Calls, with further named arguments.
  Object call(Object callee, Expression.Call call, Variables scope, Map<String, Object> more) {
    String what = name(call.callee());
    if (!(callee instanceof Callable callable)) {
      throw callee instanceof Undefined undefined
          ? undefined.fault()
          : new TemplateFault(what + " is " + Values.kind(callee) + " and can't be called");
    }
    Arguments given = arguments(what, call.given(), scope);
    var named = new LinkedHashMap<>(given.named());
    named.putAll(more);
    budget.line = call.line();
    return callable.call(new Arguments(what, given.positional(), named));
  }

  private static String name(Expression callee) {
    return switch (callee) {
      case Expression.Name name -> name.name();
      case Expression.Attribute attribute -> attribute.name();
      default -> "this";
    };
  }

  private Arguments arguments(String what, Expression.Given given, Variables scope) {
    var named = new LinkedHashMap<String, Object>();
    given.named().forEach((name, expression) -> named.put(name, value(expression, scope)));
    return new Arguments(what, values(given.positional(), scope), named);
  }

  private Object filter(Expression.Filter filter, Variables scope) {
    Object on = value(filter.on(), scope);
    Arguments arguments = arguments(filter.name(), filter.given(), scope);
    budget.line = filter.line();
    return Filters.apply(filter.name(), on, arguments, budget);
  }

  private Object unary(Expression.Unary unary, Variables scope) {
    Object value = value(unary.on(), scope);
    return switch (unary.operator()) {
      case "not" -> !Values.isTrue(value);
      case "-" -> Operators.negated(value);
      default -> Values.number(value);
    };
  }

  private Object binary(Expression.Binary binary, Variables scope) {
    Object left = value(binary.left(), scope);
    Object right = value(binary.right(), scope);
    budget.line = binary.line();
    return Operators.apply(binary.operator(), left, right, budget);
  }

  private boolean compare(Expression.Comparison comparison, Variables scope) {
    Object left = value(comparison.first(), scope);
    for (int i = 0; i < comparison.rest().size(); i++) {
      Object right = value(comparison.rest().get(i), scope);
      if (!Operators.compares(comparison.operators().get(i), left, right, budget)) {
        return false;
      }
      left = right;
    }
    return true;
  }
}
