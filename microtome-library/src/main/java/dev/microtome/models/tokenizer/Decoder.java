package dev.microtome.models.tokenizer;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns tokens back into text. A decoder is a chain of flows that tokens run through one at a
/// time, so that decoding a whole list and streaming are one and the same.
sealed interface Decoder {
  /// The flow that hands its output to `next`. With `fused`, all that comes in is pieces of one
  /// single token.
  Flow into(Flow next, boolean fused);

  /// Whether all output is one token.
  boolean fuses();

  /// The `decoder` field; null stands for none, which puts a blank between tokens.
  static Decoder read(@Nullable Field field) {
    if (field == null) {
      return new Spaced();
    }
    return switch (field.type()) {
      case "ByteLevel" -> new ByteLevel();
      case "ByteFallback" -> new ByteFallback();
      case "Fuse" -> new Fuse();
      case "Replace" ->
          new Replace(Finder.read(field.get("pattern")), field.get("content").string());
      case "Strip" ->
          new Strip(
              field.get("content").codePoint(),
              field.get("start").count(),
              field.get("stop").count());
      case "Metaspace" -> {
        Metaspace read = Metaspace.read(field);
        yield new Blanks(read.sign(), read.scheme() != Metaspace.Scheme.NEVER);
      }
      case "Sequence" ->
          new Chain(
              field.get("decoders").items(Tokenizer.MAX_STEPS).stream()
                  .map(Decoder::read)
                  .toList());
      default ->
          throw field.unsupported(
              "decoder", "ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace or Sequence");
    };
  }

  /// One after the other.
  record Chain(List<Decoder> steps) implements Decoder {
    @Override
    public Flow into(Flow next, boolean fused) {
      Flow flow = next;
      for (int i = steps.size() - 1; i >= 0; i--) {
        boolean one = fused || steps.subList(0, i).stream().anyMatch(Decoder::fuses);
        flow = steps.get(i).into(flow, one);
      }
      return flow;
    }

    @Override
    public boolean fuses() {
      return steps.stream().anyMatch(Decoder::fuses);
    }
  }

  /// Spells bytes back out of [ByteAlphabet]; a token with other characters is taken as it stands.
  record ByteLevel() implements Decoder {
    @Override
    public Flow into(Flow next, boolean fused) {
      var bytes = new Flows.Bytes(next);
      return fused ? new Flows.Whole(bytes) : bytes;
    }

    @Override
    public boolean fuses() {
      return true;
    }
  }

  /// Reads runs of tokens such as `<0xC3>` as UTF-8; a run that is none becomes U+FFFD a byte.
  record ByteFallback() implements Decoder {
    @Override
    public Flow into(Flow next, boolean fused) {
      var runs = new Flows.ByteRuns(next);
      return fused ? new Flows.Whole(runs) : runs;
    }

    @Override
    public boolean fuses() {
      return false;
    }
  }

  /// Makes one token of all.
  record Fuse() implements Decoder {
    @Override
    public Flow into(Flow next, boolean fused) {
      return next;
    }

    @Override
    public boolean fuses() {
      return true;
    }
  }

  /// Puts `content` in the place of each occurrence within a token.
  record Replace(Finder finder, String content) implements Decoder {
    @Override
    public Flow into(Flow next, boolean fused) {
      var replacing = new Flows.Each(next, this::replace);
      return fused ? new Flows.Whole(replacing) : replacing;
    }

    private String replace(String token) {
      Matches matches = finder.in(token);
      Tokenizer.checkGrowth(token.length(), matches.size(), content.length());
      var out = new StringBuilder();
      for (int i = 0; i < matches.size(); i++) {
        out.append(
            matches.matched(i) ? content : token.substring(matches.start(i), matches.end(i)));
      }
      return out.toString();
    }

    @Override
    public boolean fuses() {
      return false;
    }
  }

  /// Takes up to `start` and `stop` times a character off the ends of each token.
  record Strip(int content, int start, int stop) implements Decoder {
    @Override
    public Flow into(Flow next, boolean fused) {
      return new Flows.Stripping(next, this, fused);
    }

    @Override
    public boolean fuses() {
      return false;
    }
  }

  /// Writes signs as blanks again, without those of the first token if one was put there.
  record Blanks(String sign, boolean dropsFirst) implements Decoder {
    @Override
    public Flow into(Flow next, boolean fused) {
      return new Flows.Blanks(next, this, fused);
    }

    @Override
    public boolean fuses() {
      return false;
    }
  }

  /// What stands for no decoder: the tokens with a blank between each two.
  record Spaced() implements Decoder {
    @Override
    public Flow into(Flow next, boolean fused) {
      return new Flows.Spaced(next);
    }

    @Override
    public boolean fuses() {
      return false;
    }
  }
}
