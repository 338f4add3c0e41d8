package dev.microtome.server.key;

import dev.microtome.server.job.Sha256;
import dev.microtome.server.queue.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The keys of a server, in a file of their own that `microtome key` and the server both open. A
/// key is shown once, when it is made; kept is its SHA-256 together with a secret of this server.
public final class Keys implements AutoCloseable {
  private static final Pattern FORM = Pattern.compile("mt_([0-9a-f]{16})_([A-Za-z0-9_-]{43})");
  private static final int SECRET_BYTES = 32;
  private static final int ID_BYTES = 8;
  private static final Duration USED_PRECISION = Duration.ofMinutes(1);
  private static final String COLUMNS = "id, name, scopes, created, expires, revoked, used";

  private final Database database;
  private final byte[] pepper;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();

  /// A key just made: `text` is what its user gets.
  public record Made(String text, KeyInfo info) {}

  private record Stored(KeyInfo info, String hash) {}

  private Keys(Database database, byte[] pepper, InstantSource clock) {
    this.database = database;
    this.pepper = pepper;
    this.clock = clock;
    database.update(
        "CREATE TABLE IF NOT EXISTS key (id TEXT PRIMARY KEY, name TEXT NOT NULL, hash TEXT NOT NULL,"
            + " scopes TEXT NOT NULL, created INTEGER NOT NULL, expires INTEGER, revoked INTEGER,"
            + " used INTEGER)");
  }

  /// Opens the keys in a folder, which only their owner may read.
  public static Keys open(Path folder, InstantSource clock) throws IOException {
    Path pepper = folder.resolve("pepper");
    var keys = new Keys(Database.open(folder.resolve("keys.db")), pepper(pepper), clock);
    restrict(folder.resolve("keys.db"));
    return keys;
  }

  private static byte[] pepper(Path file) throws IOException {
    if (!Files.exists(file)) {
      byte[] fresh = new byte[SECRET_BYTES];
      new SecureRandom().nextBytes(fresh);
      Files.write(file, fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
      restrict(file);
    }
    return Files.readAllBytes(file);
  }

  private static void restrict(Path file) throws IOException {
    if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }
  }

  /// Makes a key.
  ///
  /// @param lifetime after which it is good no more, or null
  public Made create(String name, Set<Scope> scopes, @Nullable Duration lifetime) {
    String id = HexFormat.of().formatHex(bytes(ID_BYTES));
    String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(SECRET_BYTES));
    String text = "mt_" + id + "_" + secret;
    Instant now = clock.instant();
    database.update(
        "INSERT INTO key (id, name, hash, scopes, created, expires) VALUES (?, ?, ?, ?, ?, ?)",
        id,
        name,
        hash(text),
        scopes.stream().map(Scope::name).sorted().collect(Collectors.joining(",")),
        now.toEpochMilli(),
        lifetime == null ? null : now.plus(lifetime).toEpochMilli());
    return new Made(text, find(id).info());
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  public List<KeyInfo> list() {
    return database.list(Keys::info, "SELECT " + COLUMNS + " FROM key ORDER BY created");
  }

  /// Ends a key at once; returns false when there is none of that id.
  public boolean revoke(String id) {
    return database.update(
            "UPDATE key SET revoked = COALESCE(revoked, ?) WHERE id = ?", clock.millis(), id)
        == 1;
  }

  /// The key with this text, when it is good, else null. Takes as long for an unknown key as for a
  /// wrong one.
  public @Nullable KeyInfo check(String text) {
    Matcher form = FORM.matcher(text);
    Stored stored = form.matches() ? find(form.group(1)) : find("");
    boolean isSame = MessageDigest.isEqual(bytes(stored.hash()), bytes(hash(text)));
    Instant now = clock.instant();
    if (!isSame || !stored.info().isGoodAt(now)) {
      return null;
    }
    Instant used = stored.info().used();
    if (used == null || used.plus(USED_PRECISION).isBefore(now)) {
      database.update("UPDATE key SET used = ? WHERE id = ?", clock.millis(), stored.info().id());
    }
    return stored.info();
  }

  /// What is stored under an id; something no key matches when there is none.
  private Stored find(String id) {
    Stored stored =
        database.first(
            row -> new Stored(info(row), row.getString("hash")),
            "SELECT hash, " + COLUMNS + " FROM key WHERE id = ?",
            id);
    return stored != null
        ? stored
        : new Stored(new KeyInfo("", "", Set.of(), Instant.EPOCH, null, null, null), "");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private String hash(String text) {
    MessageDigest sha = Sha256.begin();
    sha.update(bytes(text));
    sha.update(pepper);
    return Sha256.end(sha);
  }

  private static KeyInfo info(ResultSet row) throws SQLException {
    var scopes = EnumSet.noneOf(Scope.class);
    for (String scope : row.getString("scopes").split(",", -1)) {
      scopes.add(Scope.valueOf(scope));
    }
    return new KeyInfo(
        row.getString("id"),
        row.getString("name"),
        scopes,
        Instant.ofEpochMilli(row.getLong("created")),
        maybe(row, "expires"),
        maybe(row, "revoked"),
        maybe(row, "used"));
  }

  private static @Nullable Instant maybe(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(millis);
  }

  @Override
  public void close() {
    database.close();
  }
}
