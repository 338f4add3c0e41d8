package dev.microtome.server.key;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of a key; the key itself is not.
///
/// @param id tells keys apart; the owner of the jobs handed in with it
/// @param name what its maker called it
public record KeyInfo(
    String id,
    String name,
    Set<Scope> scopes,
    Instant created,
    @Nullable Instant expires,
    @Nullable Instant revoked,
    @Nullable Instant used) {

  boolean isGoodAt(Instant now) {
    return revoked == null && (expires == null || expires.isAfter(now));
  }
}
