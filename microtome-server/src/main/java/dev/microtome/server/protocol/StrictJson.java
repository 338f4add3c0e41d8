package dev.microtome.server.protocol;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Limits;
import dev.microtome.server.job.RefusedException;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads JSON of strangers into a tree: bounded depth, tokens, strings and numbers, no name twice
/// in an object, nothing after the end.
final class StrictJson {
  private final JsonMapper mapper;

  StrictJson(Limits.Body limits) {
    var constraints =
        StreamReadConstraints.builder()
            .maxNestingDepth(limits.jsonDepth())
            .maxTokenCount(limits.jsonTokens())
            .maxStringLength(limits.stringBytes())
            .maxNameLength(1_024)
            .maxNumberLength(limits.numberLength())
            .maxDocumentLength(limits.bytes())
            .build();
    mapper =
        JsonMapper.builder(
                JsonFactory.builder()
                    .streamReadConstraints(constraints)
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
                    .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
  }

  /// @throws RefusedException when it is not sound JSON or too much of it
  JsonNode read(byte[] utf8, String what) {
    try {
      JsonNode root = mapper.readTree(utf8);
      if (!root.isObject()) {
        throw new RefusedException(ErrorCode.INVALID_GRAPH, what + " is not a JSON object");
      }
      return root;
    } catch (JacksonException broken) {
      throw new RefusedException(ErrorCode.INVALID_GRAPH, "%s: %s".formatted(what, said(broken)));
    }
  }

  private static String said(JacksonException broken) {
    var at = broken.getLocation();
    String where =
        at == null ? "" : " (line %d, column %d)".formatted(at.getLineNr(), at.getColumnNr());
    return broken.getOriginalMessage() + where;
  }
}
