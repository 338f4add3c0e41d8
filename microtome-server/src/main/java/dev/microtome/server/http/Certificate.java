package dev.microtome.server.http;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.util.Collections;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's certificate, a PKCS#12 file: when the file changes, new connections get what is in
/// it then; a file that can't be read changes nothing. TLS 1.2 and 1.3, nothing older.
final class Certificate {
  private static final Logger LOG = LoggerFactory.getLogger(Certificate.class);

  private final Path file;
  private final String password;
  private final SslContextFactory.Server tls = new SslContextFactory.Server();
  private FileTime known;

  Certificate(Path file, String password) {
    this.file = file;
    this.password = password;
    this.known = changed();
    tls.setKeyStorePath(file.toString());
    tls.setKeyStorePassword(password);
    tls.setIncludeProtocols("TLSv1.2", "TLSv1.3");
  }

  SslContextFactory.Server tls() {
    return tls;
  }

  /// To be called now and then: looks whether the file changed.
  void look() {
    FileTime now = changed();
    if (!now.equals(known)) {
      known = now;
      try {
        requireKey(); // what can't be used would end the present one too
        tls.reload(_ -> {});
        LOG.info("the certificate was read again");
      } catch (Exception broken) {
        LOG.error("{} can't be read; the earlier certificate stays", file, broken);
      }
    }
  }

  private void requireKey() throws Exception {
    KeyStore store = KeyStore.getInstance(file.toFile(), password.toCharArray());
    for (String alias : Collections.list(store.aliases())) {
      if (store.getKey(alias, password.toCharArray()) != null) {
        return;
      }
    }
    throw new KeyStoreException("there is no key in it");
  }

  private FileTime changed() {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException gone) {
      return FileTime.fromMillis(0);
    }
  }
}
