/// Floor 4: who may do what. Start with [dev.microtome.server.key.Keys].
@NullMarked
package dev.microtome.server.key;

import org.jspecify.annotations.NullMarked;
