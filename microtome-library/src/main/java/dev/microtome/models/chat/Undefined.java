package dev.microtome.models.chat;

/// What is not there: written it is nothing, anything else with it is an error that says `name`.
record Undefined(String name) {
  TemplateFault fault() {
    return new TemplateFault(name + " is undefined");
  }
}
