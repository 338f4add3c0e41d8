/// Floor 4: jobs, results and the presence of workers in Redis, so that several machines share
/// them. Start with [dev.microtome.server.redis.RedisDepot].
@NullMarked
package dev.microtome.server.redis;

import org.jspecify.annotations.NullMarked;
