package dev.microtome.models.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The parts a `tokenizer.json` describes, read and checked against each other.
record TokenizerJson(
    Vocabulary vocabulary,
    List<AddedToken> added,
    Normalizer normalizer,
    PreTokenizer preTokenizer,
    TokenModel model,
    PostProcessor postProcessor,
    Decoder decoder) {
  /// Four times the largest files published.
  private static final long MAX_BYTES = 128L << 20;

  private static final long MAX_JSON_TOKENS = 8_000_000;
  private static final int MAX_ADDED = 1 << 20;
  private static final String AGAIN = "take the file from its source again";

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(40)
                          .maxDocumentLength(MAX_BYTES)
                          .maxTokenCount(MAX_JSON_TOKENS)
                          .maxStringLength(1 << 20)
                          .maxNameLength(1 << 16)
                          .maxNumberLength(100)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  static TokenizerJson read(Path path) {
    Field root = parse(path);
    Field version = root.object().optional("version");
    if (version != null && !version.string().equals("1.0")) {
      throw version.wrong("is " + version.kind(), "use a file of version 1.0");
    }
    Field model = root.get("model");
    String type = model.object().optional("type") == null ? "BPE" : model.type();
    if (!type.equals("BPE") && !type.equals("WordLevel")) {
      throw model.unsupported("model", "type BPE or WordLevel");
    }
    Vocabulary vocabulary = BpeJson.vocabulary(model.get("vocab"));
    TokenModel pieces =
        type.equals("BPE") ? BpeJson.read(model, vocabulary) : WordLevel.read(model, vocabulary);
    List<AddedToken> added = addedTokens(root, vocabulary);
    return new TokenizerJson(
        vocabulary,
        added,
        Normalizer.read(root.optional("normalizer")),
        PreTokenizer.read(root.optional("pre_tokenizer")),
        pieces,
        PostProcessor.read(root.optional("post_processor"), vocabulary),
        Decoder.read(root.optional("decoder")));
  }

  private static Field parse(Path path) {
    String file = path.toString();
    try {
      if (!Files.isRegularFile(path)) {
        throw new TokenizerFormatException(file, "", "no such file", "give a tokenizer.json");
      }
      long size = Files.size(path);
      if (size > MAX_BYTES) {
        throw new TokenizerFormatException(
            file, "", "has " + size + " bytes", "use a file of at most " + MAX_BYTES);
      }
      JsonNode node = JSON.readTree(Files.readAllBytes(path));
      return new Field(file, "", node);
    } catch (JacksonException e) {
      var at = e.getLocation();
      String where =
          at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
      throw new TokenizerFormatException(
          file, "", "is not JSON Microtome accepts" + where + ": " + e.getOriginalMessage(), AGAIN);
    } catch (IOException e) {
      throw new TokenizerFormatException(file, "", "cannot be read: " + e, "check the file");
    }
  }

  private static List<AddedToken> addedTokens(Field root, Vocabulary vocabulary) {
    Field field = root.optional("added_tokens");
    if (field == null) {
      return List.of();
    }
    var out = new ArrayList<AddedToken>();
    Map<String, Field> seen = new HashMap<>();
    for (Field item : field.items(MAX_ADDED)) {
      AddedToken token = AddedToken.read(item.object());
      if (token.content().isEmpty()) {
        continue; // the format allows it, and it can never be found
      }
      Field before = seen.put(token.content(), item);
      if (before != null) {
        throw item.wrong("is the token of " + before.path() + " again", "remove one of the two");
      }
      checkId(item, token, vocabulary);
      vocabulary.add(token.content(), (int) token.id());
      out.add(token);
    }
    return out;
  }

  private static void checkId(Field item, AddedToken token, Vocabulary vocabulary) {
    int known = vocabulary.modelId(token.content());
    if (known >= 0 && known != token.id()) {
      throw item.wrong(
          "gives "
              + Field.shortened(token.content())
              + " the id "
              + token.id()
              + ", in model.vocab it has "
              + known,
          "make the two agree");
    }
    if (token.id() >= Vocabulary.MAX_ID) {
      throw item.wrong(
          "the id " + token.id() + " is too large", "use ids below " + Vocabulary.MAX_ID);
    }
    if (known < 0 && vocabulary.has(token.id())) {
      throw item.wrong(
          "gives "
              + Field.shortened(token.content())
              + " the id "
              + token.id()
              + " of "
              + Field.shortened(vocabulary.token(token.id())),
          "give it an id of its own");
    }
  }
}
