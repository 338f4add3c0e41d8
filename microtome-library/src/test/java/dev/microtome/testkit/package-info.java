/// What tests of several packages share.
@NullMarked
package dev.microtome.testkit;

import org.jspecify.annotations.NullMarked;
