package dev.microtome.models.remote;

import dev.microtome.tensor.file.Safetensors;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;

/// A job as the body of a request: plain JSON, or `multipart/form-data` with the parts `job` and
/// `tensors`.
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record JobBody(String type, byte[] bytes) {
  static JobBody of(JobForm.Written job) {
    byte[] json = job.json().getBytes(StandardCharsets.UTF_8);
    if (job.tensors().isEmpty()) {
      return new JobBody("application/json", json);
    }
    String boundary = UUID.randomUUID().toString();
    var body = new ByteArrayOutputStream();
    part(body, boundary, "job", "application/json", json);
    byte[] tensors = Safetensors.bytes("the job's tensors", job.tensors(), Map.of());
    part(body, boundary, "tensors", "application/octet-stream", tensors);
    ascii(body, "--" + boundary + "--\r\n");
    return new JobBody("multipart/form-data; boundary=" + boundary, body.toByteArray());
  }

  private static void part(
      ByteArrayOutputStream body, String boundary, String name, String type, byte[] content) {
    ascii(
        body,
        "--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\nContent-Type: %s\r\n\r\n"
            .formatted(boundary, name, type));
    body.writeBytes(content);
    ascii(body, "\r\n");
  }

  private static void ascii(ByteArrayOutputStream body, String text) {
    body.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }
}
