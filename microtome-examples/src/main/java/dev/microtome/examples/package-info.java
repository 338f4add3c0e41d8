/// Programs to learn from; the build compiles and runs each of them.
@NullMarked
package dev.microtome.examples;

import org.jspecify.annotations.NullMarked;
