package dev.microtome.server.http;

import java.nio.ByteBuffer;
import java.util.Map;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/// Answers what Jetty refuses by itself, before any route is looked for: broken requests, heads
/// that are too large. In the same form as all errors, without a word of the inside.
final class ErrorAnswers extends ErrorHandler {
  private static final Map<Integer, String> MESSAGES =
      Map.of(
          400, "the request is broken",
          414, "the address is too long",
          431, "the head of the request is too large",
          505, "only HTTP/1.1 is spoken here");

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    Gate.addHeaders(response);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
    response.write(true, ByteBuffer.wrap(body(status)), callback);
    return true;
  }

  private static byte[] body(int status) {
    String code =
        switch (status) {
          case 414 -> "uri_too_long";
          case 431 -> "headers_too_large";
          case 500 -> "internal";
          default -> "invalid_request";
        };
    String message = MESSAGES.getOrDefault(status, "the request can't be answered");
    return Json.bytes(Map.of("error", Map.of("code", code, "message", message)));
  }
}
