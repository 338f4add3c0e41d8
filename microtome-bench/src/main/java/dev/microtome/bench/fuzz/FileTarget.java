package dev.microtome.bench.fuzz;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A target that reads files by their path.
abstract class FileTarget implements FuzzTarget {
  private final String name;
  private final Path folder;
  private final Path file;
  private final List<byte[]> seeds;

  FileTarget(String name, String fileName, List<byte[]> seeds) throws Exception {
    this.name = name;
    this.folder = Files.createTempDirectory("microtome-fuzz");
    this.file = folder.resolve(fileName);
    this.seeds = seeds;
    folder.toFile().deleteOnExit();
  }

  abstract void read(Path given) throws Exception;

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<byte[]> seeds() {
    return seeds;
  }

  /// The folder the file is in.
  Path folder() {
    return folder;
  }

  @Override
  public void read(byte[] input) throws Exception {
    Files.write(file, input);
    try {
      read(file);
    } finally {
      Files.deleteIfExists(file); // a new one each time: the old one may still be mapped
    }
  }
}
