package dev.microtome.models.hub;

import dev.microtome.models.hub.HubException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Which files of a repository a model needs.
final class ModelFiles {
  static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";
  private static final List<String> OPTIONAL =
      List.of(
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "chat_template.jinja",
          "special_tokens_map.json");
  private static final int MOST_FILES = 100_000;
  private static final int MOST_BYTES = 1 << 26;
  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(64)
                          .maxDocumentLength(MOST_BYTES)
                          .build())
                  .build())
          .build();

  private ModelFiles() {}

  /// What the hub says about a repository.
  record Listing(String commit, List<String> files) {}

  static Listing listing(InputStream json, RepoName repo) {
    try (json) {
      JsonNode root = JSON.readTree(json);
      String commit = root.path("sha").asString("");
      JsonNode siblings = root.path("siblings");
      if (!RepoCache.isCommit(commit) || siblings.size() > MOST_FILES) {
        throw new HubException(
            Kind.ANSWER, repo.text() + ": the hub's listing has no commit; is HF_ENDPOINT right?");
      }
      var files = new ArrayList<String>();
      for (JsonNode one : siblings) {
        files.add(FileName.checked(one.path("rfilename").asString("")));
      }
      return new Listing(commit, files);
    } catch (JacksonException | IOException e) {
      throw new HubException(
          Kind.ANSWER, repo.text() + ": the hub's listing can't be read; is HF_ENDPOINT right?", e);
    }
  }

  /// Those of `files` a model needs, in their order.
  static List<String> needed(List<String> files, RepoName repo) {
    var wanted = new LinkedHashSet<>(OPTIONAL);
    wanted.add(CONFIG);
    if (files.contains(WEIGHTS)) {
      wanted.add(WEIGHTS);
    } else if (files.contains(INDEX)) {
      wanted.add(INDEX);
      files.stream()
          .filter(f -> f.matches("model-\\d+-of-\\d+\\.safetensors"))
          .forEach(wanted::add);
    } else {
      throw new HubException(
          Kind.FILE_NOT_FOUND,
          "%s has no %s, only %s; convert its weights to safetensors first"
              .formatted(repo.text(), WEIGHTS, files.stream().limit(9).toList()));
    }
    if (!files.contains(CONFIG)) {
      throw new HubException(
          Kind.FILE_NOT_FOUND,
          "%s has no %s, so it is no model; look at the files it has"
              .formatted(repo.text(), CONFIG));
    }
    return files.stream().filter(wanted::contains).toList();
  }

  /// Whether a snapshot has configuration and weights, all shards of them.
  static boolean runs(Path snapshot) {
    if (!Files.isRegularFile(snapshot.resolve(CONFIG))) {
      return false;
    }
    if (Files.isRegularFile(snapshot.resolve(WEIGHTS))) {
      return true;
    }
    Path index = snapshot.resolve(INDEX);
    if (!Files.isRegularFile(index)) {
      return false;
    }
    try (InputStream in = Files.newInputStream(index)) {
      Set<String> shards = new LinkedHashSet<>();
      JSON.readTree(in).path("weight_map").forEach(shard -> shards.add(shard.asString("")));
      return !shards.isEmpty()
          && shards.stream()
              .allMatch(shard -> Files.isRegularFile(snapshot.resolve(FileName.checked(shard))));
    } catch (IOException | JacksonException | HubException _) {
      return false;
    }
  }

  /// Whether it is settled for every optional file that the snapshot has it or the repository not.
  static boolean settled(RepoCache cache, String commit) {
    return OPTIONAL.stream()
        .allMatch(file -> cache.find(commit, file) != null || cache.isKnownMissing(commit, file));
  }

  static List<String> optional() {
    return OPTIONAL;
  }
}
