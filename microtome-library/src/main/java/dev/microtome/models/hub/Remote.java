package dev.microtome.models.hub;

import java.net.URI;

/// What the hub says about a file before it is downloaded.
///
/// @param commit the revision's commit
/// @param etag names the content: a git hash, or for large files the SHA-256
/// @param size bytes
/// @param location where the content is, on the hub or elsewhere
record Remote(String commit, String etag, long size, URI location) {}
