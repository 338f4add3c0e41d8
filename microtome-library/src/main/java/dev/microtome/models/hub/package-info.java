/// Floor 3: model folders by their name on a Hugging Face hub.
///
/// Start with [dev.microtome.models.hub.Hub]. It finds a repository in the local cache, whose
/// layout it shares with the Python libraries, or downloads what a model needs. The package is
/// plain Java and knows nothing of tensors; a folder or a cache hit touches no network class.
@NullMarked
package dev.microtome.models.hub;

import org.jspecify.annotations.NullMarked;
