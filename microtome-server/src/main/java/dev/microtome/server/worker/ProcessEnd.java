package dev.microtome.server.worker;

import dev.microtome.server.job.ErrorCode;
import dev.microtome.server.job.Failure;

/// Why a worker's process ended, in the words its jobs' owners hear when they are not run again.
enum ProcessEnd {
  CRASHED("the process that ran the job ended"),
  SILENT("the process that ran the job stopped answering"),
  UNSTOPPABLE("a job in the same process did not stop when it had to"),
  MEMORY("the process that ran the job took more memory than it may");

  private final String words;

  ProcessEnd(String words) {
    this.words = words;
  }

  String words() {
    return words;
  }

  Failure failure() {
    return new Failure(this == MEMORY ? ErrorCode.OUT_OF_MEMORY : ErrorCode.WORKER_CRASHED, words);
  }
}
