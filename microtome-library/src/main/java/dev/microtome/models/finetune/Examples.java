package dev.microtome.models.finetune;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;

/// What is learned, and what is held out to see how well.
///
/// @param train at least one
/// @param heldOut may be empty: then nothing is evaluated
public record Examples(List<Example> train, List<Example> heldOut) {
  public Examples {
    train = List.copyOf(train);
    heldOut = List.copyOf(heldOut);
    if (train.isEmpty()) {
      throw new IllegalArgumentException("there is nothing to learn");
    }
  }

  /// Holds a share of the examples out, chosen by `seed`: at least one unless the share is 0.
  ///
  /// @throws IllegalArgumentException when none would be left to learn
  public static Examples split(List<Example> all, double share, long seed) {
    if (!(share >= 0 && share < 1)) {
      throw new IllegalArgumentException(
          "the share held out must be within 0 and below 1, got " + share);
    }
    int held = share == 0 ? 0 : Math.max(1, (int) Math.round(share * all.size()));
    if (held >= all.size()) {
      throw new IllegalArgumentException(
          "%d examples leave none to learn when %d are held out; hold out less, or give a file of its own for it"
              .formatted(all.size(), held));
    }
    List<Integer> out =
        DataOrder.shuffled(all.size(), seed).subList(0, held).stream().sorted().toList();
    var train = new ArrayList<Example>();
    for (int i = 0; i < all.size(); i++) {
      if (Collections.binarySearch(out, i) < 0) {
        train.add(all.get(i));
      }
    }
    return new Examples(train, out.stream().map(all::get).toList());
  }

  /// The SHA-256 of all tokens and borders.
  String digest() {
    MessageDigest digest = TrainingIdentity.sha256();
    for (List<Example> part : List.of(train, heldOut)) {
      part.forEach(example -> update(digest, example));
      digest.update((byte) 1);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void update(MessageDigest digest, Example example) {
    long[] ids = example.ids();
    var bytes = ByteBuffer.allocate(Long.BYTES * (ids.length + 2));
    bytes.putLong(example.from()).putLong(ids.length);
    for (long id : ids) {
      bytes.putLong(id);
    }
    digest.update(bytes.array());
  }
}
