package dev.microtome.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.microtome.models.Gpt2;
import dev.microtome.models.LanguageModel;
import dev.microtome.models.remote.Remote;
import dev.microtome.models.remote.RemoteException;
import dev.microtome.models.remote.RemoteProgress;
import dev.microtome.server.http.HttpSettings;
import dev.microtome.server.worker.InProcess;
import dev.microtome.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Traces over an encrypted connection.
class RemoteOverTlsTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";
  private static final LanguageModel<Gpt2> LM = LanguageModel.shipped();

  @TempDir static Path folder;
  private static SSLContext before;
  private static Hosting hosting;

  @BeforeAll
  static void start() throws Exception {
    Path certificate = Certificates.make(folder, "here");
    before = SSLContext.getDefault();
    SSLContext.setDefault(Certificates.trusting(certificate));
    var settings =
        new HttpSettings("127.0.0.1", 0, 0, Set.of(), certificate, Certificates.PASSWORD, false);
    hosting = new Hosting(folder, InProcess.start("facts", ShippedFolder.path(), 8), settings);
  }

  @AfterAll
  static void stop() {
    SSLContext.setDefault(before);
    hosting.close();
  }

  @Test
  void a_trace_gives_what_it_gives_here() {
    assertThat(hosting.address().getScheme()).isEqualTo("https");
    LanguageModel<Gpt2> there = LM.on(hosting.remote());
    for (int i = 0; i < 20; i++) {
      assertThat(there.logits(PROMPT).equal(LM.logits(PROMPT))).isTrue();
    }
  }

  @Test
  void long_bodies_long_results_and_events_come_through() {
    Tensor large = Tensor.arange(700_000).div(700_000);
    List<String> lines = Collections.synchronizedList(new ArrayList<>());
    Tensor told =
        LM.on(hosting.remote(lines::add))
            .trace(
                PROMPT,
                t -> {
                  for (int i = 0; i < 20; i++) {
                    t.log("step " + i);
                  }
                  return t.at("lm_head").output().sum().mul(0).add(large);
                });
    assertThat(told.equal(large)).isTrue();
    assertThat(lines).hasSize(20);
  }

  @Test
  void a_server_nobody_vouches_for_is_refused_at_once() throws Exception {
    SSLContext trusted = SSLContext.getDefault();
    SSLContext.setDefault(Certificates.trusting(Certificates.make(folder, "other")));
    try {
      var remote = Remote.at(hosting.address(), "mt_x").progress(RemoteProgress.SILENT);
      assertThatThrownBy(remote::models)
          .isInstanceOfSatisfying(
              RemoteException.class, e -> assertThat(e.code()).isEqualTo("unreachable"));
    } finally {
      SSLContext.setDefault(trusted);
    }
  }
}
