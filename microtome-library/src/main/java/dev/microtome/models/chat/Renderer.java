package dev.microtome.models.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs statements and collects what they write.
final class Renderer {
  private enum Then {
    GO_ON,
    BREAK,
    CONTINUE
  }

  private final Budget budget;
  private final Evaluator evaluator;
  private StringBuilder out = new StringBuilder();

  Renderer(Budget budget) {
    this.budget = budget;
    this.evaluator = new Evaluator(budget);
  }

  String render(List<Statement> template, Variables scope) {
    return written(template, scope);
  }

  /// What a body writes, instead of writing it.
  private String written(List<Statement> body, Variables scope) {
    StringBuilder outer = out;
    out = new StringBuilder();
    run(body, scope);
    String text = out.toString();
    out = outer;
    return text;
  }

  private void write(String text) {
    out.append(text);
    budget.make(text.length());
    if (out.length() > Budget.MAX_TEXT) {
      throw new TemplateFault("it writes more than " + Budget.MAX_TEXT + " characters");
    }
  }

  private Then run(List<Statement> body, Variables scope) {
    budget.enter();
    Then then = Then.GO_ON;
    for (int i = 0; i < body.size() && then == Then.GO_ON; i++) {
      budget.step();
      budget.line = body.get(i).line();
      then = run(body.get(i), scope);
    }
    budget.leave();
    return then;
  }

  private Then run(Statement statement, Variables scope) {
    switch (statement) {
      case Statement.Text text -> write(text.text());
      case Statement.Output output ->
          write(Texts.of(evaluator.value(output.value(), scope), budget));
      case Statement.Assign assign ->
          assign(assign.target(), evaluator.value(assign.value(), scope), scope);
      case Statement.Capture capture -> capture(capture, scope);
      case Statement.Macro macro -> scope.set(macro.name(), macro(macro, scope));
      case Statement.CallBlock call -> write(Texts.of(called(call, scope), budget));
      case Statement.For loop -> {
        return loop(loop, scope);
      }
      case Statement.If branches -> {
        return branch(branches, scope);
      }
      case Statement.With with -> {
        var inner = new Variables(scope);
        for (Statement.Assign assign : with.variables()) {
          assign(assign.target(), evaluator.value(assign.value(), scope), inner);
        }
        return run(with.body(), with.variables().isEmpty() ? scope : inner);
      }
      case Statement.Break _ -> {
        return Then.BREAK;
      }
      case Statement.Continue _ -> {
        return Then.CONTINUE;
      }
    }
    return Then.GO_ON;
  }

  private Then branch(Statement.If statement, Variables scope) {
    for (Statement.Branch branch : statement.branches()) {
      Expression condition = branch.condition();
      if (condition == null || Values.isTrue(evaluator.value(condition, scope))) {
        return run(branch.body(), scope);
      }
    }
    return Then.GO_ON;
  }

  private void assign(Expression target, Object value, Variables scope) {
    switch (target) {
      case Expression.Name name -> scope.set(name.name(), value);
      case Expression.Attribute attribute -> {
        if (!(evaluator.value(attribute.of(), scope) instanceof Namespace namespace)) {
          throw new TemplateFault("only attributes of a namespace() can be set");
        }
        namespace.attributes.put(attribute.name(), value);
      }
      case Expression.Sequence names -> {
        List<Object> values = Values.items(value, budget);
        if (values.size() != names.items().size()) {
          throw new TemplateFault(
              "%d values for %d names".formatted(values.size(), names.items().size()));
        }
        for (int i = 0; i < values.size(); i++) {
          assign(names.items().get(i), values.get(i), scope);
        }
      }
      default -> throw new TemplateFault("this can't be assigned to");
    }
  }

  private void capture(Statement.Capture capture, Variables scope) {
    var inner = new Variables(scope);
    inner.set(Statement.WRITTEN, written(capture.body(), new Variables(scope)));
    Object value = evaluator.value(capture.value(), inner);
    if (capture.target() == null) {
      write(Texts.of(value, budget));
    } else {
      assign(capture.target(), value, scope);
    }
  }

  private Then loop(Statement.For loop, Variables scope) {
    return loop(loop, Values.items(evaluator.value(loop.items(), scope), budget), scope, 1);
  }

  private Then loop(Statement.For loop, List<Object> all, Variables scope, int depth) {
    List<Object> items = kept(loop, all, scope);
    if (items.isEmpty()) {
      return run(loop.otherwise(), new Variables(scope));
    }
    Callable again = loop.recursive() ? arguments -> again(loop, arguments, scope, depth) : null;
    var state = new LoopState(items, depth, again, budget);
    for (int i = 0; i < items.size(); i++) {
      state.index = i;
      var inner = new Variables(scope);
      inner.set("loop", state);
      assign(loop.target(), items.get(i), inner);
      if (run(loop.body(), inner) == Then.BREAK) {
        break;
      }
    }
    return Then.GO_ON;
  }

  private List<Object> kept(Statement.For loop, List<Object> all, Variables scope) {
    Expression condition = loop.condition();
    if (condition == null) {
      return all;
    }
    var kept = new ArrayList<Object>();
    for (Object item : all) {
      var inner = new Variables(scope);
      assign(loop.target(), item, inner);
      if (Values.isTrue(evaluator.value(condition, inner))) {
        kept.add(item);
      }
    }
    return kept;
  }

  private Object again(Statement.For loop, Arguments arguments, Variables scope, int depth) {
    Object items = arguments.bind("items").get("items");
    StringBuilder outer = out;
    out = new StringBuilder();
    loop(loop, Values.items(items, budget), scope, depth + 1);
    String text = out.toString();
    out = outer;
    return text;
  }

  private Object called(Statement.CallBlock block, Variables scope) {
    Object callee = evaluator.value(block.call().callee(), scope);
    Map<String, Object> caller = Map.of("caller", macro(block.caller(), scope));
    return evaluator.call(callee, block.call(), scope, caller);
  }

  private Callable macro(Statement.Macro macro, Variables scope) {
    return arguments -> {
      var inner = new Variables(scope);
      bind(macro, arguments, inner);
      return written(macro.body(), inner);
    };
  }

  private void bind(Statement.Macro macro, Arguments arguments, Variables inner) {
    var named = new LinkedHashMap<>(arguments.named());
    Object caller = named.remove("caller");
    if (caller != null) {
      inner.set("caller", caller);
    }
    String[] names = macro.parameters().toArray(String[]::new);
    var bound = new Arguments(macro.name(), arguments.positional(), named).bind(names);
    for (int i = 0; i < names.length; i++) {
      @Nullable Object given = bound.find(names[i]);
      Expression fallback = macro.defaults().get(i);
      Object absent = new Undefined("parameter \"" + names[i] + "\"");
      inner.set(
          names[i],
          given != null ? given : fallback == null ? absent : evaluator.value(fallback, inner));
    }
  }
}
