package dev.microtome.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.server.Certificates;
import dev.microtome.server.Sockets;
import dev.microtome.server.TestServer;
import dev.microtome.server.job.Limits;
import dev.microtome.server.key.Scope;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What listens where: TLS, its certificate, and the port for administrators.
class ListenersTest {

  @TempDir Path folder;

  private Path certificate(String name) throws Exception {
    return Certificates.make(folder, name);
  }

  private TestServer withTls(Path keystore) throws Exception {
    var settings =
        new HttpSettings("127.0.0.1", 0, 0, Set.of(), keystore, Certificates.PASSWORD, false);
    return new TestServer(folder.resolve("data"), Limits.defaults(), settings);
  }

  private static SSLSocket connect(int port, String protocol, Path... trusted) throws Exception {
    SSLContext context = Certificates.trusting(trusted);
    var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
    socket.setEnabledProtocols(new String[] {protocol});
    socket.setSoTimeout(5_000);
    socket.startHandshake();
    return socket;
  }

  private static String subject(SSLSocket opened) throws IOException {
    try (SSLSocket socket = opened) {
      var certificate = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return certificate.getSubjectX500Principal().getName();
    }
  }

  /// A greeting in an old version, byte by byte: this JDK would not send one.
  private static byte[] hello(int minor) {
    byte[] hello = new byte[9 + 43];
    int[] head = {22, 3, minor, 0, 47, 1, 0, 0, 43, 3, minor};
    for (int i = 0; i < head.length; i++) {
      hello[i] = (byte) head[i];
    }
    int[] tail = {0, 0, 4, 0xC0, 0x0A, 0, 0x2F, 1, 0}; // no session, two ciphers, no compression
    for (int i = 0; i < tail.length; i++) {
      hello[hello.length - tail.length + i] = (byte) tail[i];
    }
    return hello;
  }

  @Test
  void tls_is_spoken_in_versions_1_2_and_1_3_and_no_other() throws Exception {
    Path file = certificate("one");
    try (var server = withTls(file)) {
      for (String version : List.of("TLSv1.2", "TLSv1.3")) {
        try (var socket = connect(server.server.port(), version, file)) {
          assertThat(socket.getSession().getProtocol()).isEqualTo(version);
        }
      }
      for (int minor : new int[] {0, 1, 2}) { // SSL 3, TLS 1.0, TLS 1.1
        try (Socket socket = Sockets.open(server.server.port())) {
          socket.setSoTimeout(5_000);
          socket.getOutputStream().write(hello(minor));
          int kind = new DataInputStream(socket.getInputStream()).read();
          assertThat(kind).as("3." + minor).isIn(21, -1); // an alert, or nothing
        }
      }
    }
  }

  @Test
  void a_changed_certificate_is_taken_while_the_server_runs_and_a_broken_one_is_not()
      throws Exception {
    Path one = certificate("one");
    Path two = certificate("two");
    Path used = Files.copy(one, folder.resolve("used.p12"));
    try (var server = withTls(used)) {
      int port = server.server.port();
      assertThat(subject(connect(port, "TLSv1.3", one, two))).isEqualTo("CN=one");
      Files.writeString(used, "not a certificate");
      Files.setLastModifiedTime(used, FileTime.fromMillis(1_000));
      Thread.sleep(1_500);
      assertThat(subject(connect(port, "TLSv1.3", one, two))).isEqualTo("CN=one");
      Files.write(used, Files.readAllBytes(two));
      String subject = "";
      for (int i = 0; i < 50 && !subject.equals("CN=two"); i++) {
        Thread.sleep(100);
        subject = subject(connect(port, "TLSv1.3", one, two));
      }
      assertThat(subject).isEqualTo("CN=two");
    }
  }

  @Test
  void a_client_that_holds_on_is_cut_off_when_the_server_stops() throws Exception {
    Path one = certificate("one");
    try (var server = withTls(one);
        var plain = new TestServer(folder.resolve("plain"), Limits.defaults());
        SSLSocket greeted = connect(server.server.port(), "TLSv1.3", one);
        Socket halfWay = Sockets.open(plain.server.port())) {
      String head =
          "POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n";
      String ask = head + "Authorization: Bearer " + plain.key + "\r\nContent-Length: 99\r\n\r\n{";
      halfWay.getOutputStream().write(ask.getBytes(StandardCharsets.US_ASCII));
      halfWay.setSoTimeout(5_000);
      plain.get("/healthz");
      server.server.close();
      plain.server.close();
      assertThat(greeted.getInputStream().read()).isEqualTo(-1);
      assertThat(Sockets.status(new String(halfWay.getInputStream().readAllBytes())))
          .isNotEqualTo(200);
    }
  }

  @Test
  void a_certificate_nobody_vouches_for_is_refused_by_clients() throws Exception {
    Path one = certificate("one");
    Path other = certificate("other");
    try (var server = withTls(one)) {
      assertThatThrownBy(() -> connect(server.server.port(), "TLSv1.3", other))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void administrators_ask_on_this_machine_only() throws Exception {
    String here = InetAddress.getLocalHost().getHostAddress();
    var settings = new HttpSettings("0.0.0.0", 0, 0, Set.of(here), null, "", true);
    try (var server = new TestServer(folder, Limits.defaults(), settings)) {
      String admin = server.server.keys().create("a", EnumSet.allOf(Scope.class), null).text();
      assertThat(server.send(server.request("/metrics", admin)).statusCode()).isEqualTo(404);
      String ask =
          "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer " + admin + "\r\n\r\n";
      int own = server.server.adminPort();
      assertThat(own).isNotEqualTo(server.server.port());
      assertThat(Sockets.status(Sockets.exchange(own, ask))).isEqualTo(200);
      assertThat(Sockets.status(Sockets.exchange(own, ask.replace(admin, server.key))))
          .isEqualTo(403);
    }
  }
}
