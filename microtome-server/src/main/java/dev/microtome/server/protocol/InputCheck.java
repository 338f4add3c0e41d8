package dev.microtome.server.protocol;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// What goes into the runs of a job: prompts, as text or token ids, and how far to generate.
final class InputCheck {
  private static final Set<String> FLAGS = Set.of("together", "stop", "gradients");
  private static final Set<String> FIELDS =
      Set.of("prompts", "generate", "nodes", "edits", "together", "stop", "gradients");
  private static final Set<String> GENERATE =
      Set.of(
          "max_new_tokens",
          "max_length",
          "min_new_tokens",
          "min_length",
          "do_sample",
          "temperature",
          "top_k",
          "top_p",
          "min_p",
          "typical_p",
          "repetition_penalty",
          "no_repeat_ngram_size",
          "num_beams",
          "length_penalty",
          "eos_token_id",
          "pad_token_id",
          "bos_token_id",
          "bad_words_ids",
          "suppress_tokens",
          "use_cache",
          "seed");

  private final Limits.Runs limits;
  private int prompts;

  InputCheck(Limits.Runs limits) {
    this.limits = limits;
  }

  void check(JsonNode trace) {
    if (!trace.isObject()) {
      throw refuse("a trace is an object with prompts and nodes");
    }
    Fields.refuseUnknown(trace, FIELDS, "the trace");
    for (String flag : FLAGS) {
      if (trace.has(flag) && !trace.path(flag).isBoolean()) {
        throw refuse("'%s' must be true or false".formatted(flag));
      }
    }
    JsonNode given = trace.path("prompts");
    if (!given.isArray() || given.isEmpty()) {
      throw refuse("a trace needs a list of prompts");
    }
    prompts += given.size();
    limit("prompts", prompts, limits.prompts());
    given.forEach(this::checkPrompt);
    checkGenerate(trace.path("generate"));
  }

  private void checkPrompt(JsonNode prompt) {
    if (prompt.isString()) {
      return; // only the model can count its tokens; its context bounds them
    }
    if (!prompt.isArray() || prompt.isEmpty()) {
      throw refuse("a prompt is a text or a list of token ids");
    }
    limit("token ids of a prompt", prompt.size(), limits.promptTokens());
    for (JsonNode id : prompt) {
      if (!id.isInt() || id.asInt() < 0) {
        throw refuse("a token id is a whole number, not " + Fields.shown(id.toString()));
      }
    }
  }

  private void checkGenerate(JsonNode generate) {
    if (generate.isMissingNode()) {
      return;
    }
    if (!generate.isObject()) {
      throw refuse("'generate' is an object such as {\"max_new_tokens\": 3}");
    }
    Fields.refuseUnknown(generate, GENERATE, "'generate'");
    for (String field : Set.of("max_new_tokens", "max_length", "num_beams", "top_k")) {
      JsonNode value = generate.path(field);
      if (!value.isMissingNode() && !(value.isInt() && value.asInt() >= 0)) {
        throw refuse("'%s' must be a whole number".formatted(field));
      }
    }
    limit("max_new_tokens", generate.path("max_new_tokens").asInt(0), limits.newTokens());
    limit("num_beams", generate.path("num_beams").asInt(0), limits.prompts());
  }

  private static void limit(String what, int count, int most) {
    if (count > most) {
      throw new RefusedException(
          ErrorCode.LIMIT_EXCEEDED, "%s: %d, at most %d are taken".formatted(what, count, most));
    }
  }

  private static RefusedException refuse(String message) {
    return new RefusedException(ErrorCode.INVALID_GRAPH, message);
  }
}
