package dev.microtome.server.queue;

import dev.microtome.server.job.Limits;
import java.time.InstantSource;

class StateModelTest extends StateModel {
  @Override
  JobQueue open(Limits limits, InstantSource clock) {
    return SqliteJobQueue.inMemory(limits, clock);
  }
}
