package dev.microtome.server.work;

import java.nio.file.Path;
import java.util.List;

/// A model as clients see it.
///
/// @param name what requests call it
/// @param architecture `gpt2`, `llama`
/// @param revision a hash of its files: equal when two servers host the same
/// @param bytes what its weights take in memory
/// @param folder where its small files are, those a client needs to build the network without
///   weights
public record HostedModel(
    String name,
    String architecture,
    String revision,
    long parameters,
    long bytes,
    String dtype,
    int context,
    List<String> adapters,
    Path folder) {}
