package dev.microtome.tensor.pickle;

/// An entry of a zip file's directory, checked against the file: where its bytes lie.
///
/// @param name with the folder in front
/// @param crc the check sum the directory gives
/// @param begin the first byte of its data
/// @param stored bytes in the file
/// @param size bytes after inflating; equal to `stored` for one that was not deflated
record ZipRecord(String name, int crc, long begin, long stored, long size, boolean deflated) {}
