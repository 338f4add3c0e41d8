package dev.microtome.server;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Certificates that vouch for themselves, for this machine's loopback.
public final class Certificates {
  public static final String PASSWORD = "correct horse";

  private Certificates() {}

  /// Makes one with its key; returns its PKCS#12 file.
  public static Path make(Path folder, String name) throws IOException, InterruptedException {
    Path file = folder.resolve(name + ".p12");
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process made =
        new ProcessBuilder(
                List.of(
                    keytool,
                    "-genkeypair",
                    "-alias",
                    "server",
                    "-keyalg",
                    "EC",
                    "-dname",
                    "CN=" + name,
                    "-ext",
                    "san=ip:127.0.0.1",
                    "-validity",
                    "2",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    file.toString(),
                    "-storepass",
                    PASSWORD))
            .redirectErrorStream(true)
            .start();
    String said = new String(made.getInputStream().readAllBytes());
    if (made.waitFor() != 0) {
      throw new IOException(said);
    }
    return file;
  }

  /// What clients need that trust these alone.
  public static SSLContext trusting(Path... files) throws IOException, GeneralSecurityException {
    KeyStore anchors = KeyStore.getInstance("PKCS12");
    anchors.load(null, null);
    for (Path file : files) {
      KeyStore store = KeyStore.getInstance(file.toFile(), PASSWORD.toCharArray());
      anchors.setCertificateEntry(file.toString(), store.getCertificate("server"));
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(anchors);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
